"""The HTTP API, one module an area. A route reads the request, asks, and answers; it decides nothing."""
