// Command didops finds, buys and manages telephone numbers (DIDs) on the
// TelecomsXChange exchange: for people in a shell and on Discord, and for AI
// assistants over MCP.
package main

import "didops/cmd/didops/app"

// A build may set both with -ldflags "-X main.stamped=v1.2.3 -X main.commit=…".
var stamped, commit string //nolint:gochecknoglobals // set by the linker

func main() { app.Main(stamped, commit) }
