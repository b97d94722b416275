"""Looking through attachments: type by content, metadata and macros taken out, the rest refused with a reason."""
