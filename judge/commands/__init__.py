"""What each command takes and prints: one module per family, thin over the package."""
