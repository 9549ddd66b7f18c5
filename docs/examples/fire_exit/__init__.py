"""Does something stand before a fire exit? Small, and the worked example of docs/adding-a-detector.md."""
