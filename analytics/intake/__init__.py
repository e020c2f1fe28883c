"""What comes in: written contacts, metadata of recordings, and recordings themselves, as other systems export them."""
