// The journeys of ARCHITECTURE.md, on the built tool.
