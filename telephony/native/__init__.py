"""The build of the SIP library for hundreds of calls: pjproject, its Python binding, and our own C++ within it.

``python -m telephony.native --help`` tells what can be asked of it; README.md what goes into it.
"""
