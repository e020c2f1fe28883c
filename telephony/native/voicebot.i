// Our own C++ as Python sees it: included at the end of pjproject's pjsua2.i, so that it is in the same module.
