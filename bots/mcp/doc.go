// Package mcp offers the catalogue over the Model Context Protocol: on
// standard input and output for one local client, and over streamable HTTP
// for many.
//
// It is a translation and nothing else. Tools, schemas and texts come from
// the [didops/tools.Gate]; a call goes to the gate and its result comes back
// as structured content and as Markdown. The package knows no operation by
// name.
//
// # Two eras
//
// Both generations of the protocol are served side by side: 2026-07-28, where
// every request stands alone, and the earlier versions with a handshake and
// sessions. mark3labs/mcp-go, whose only home is this package, tells them
// apart by the request. A tool's handler is the same for both, but for one
// thing: where an order may be decided in the client's own dialog, clients of
// the newer era get the question as a result and make the call anew with the
// answer, and earlier ones are asked while their call waits (see talk.go and
// ask.go). Silence decides nothing in either.
//
// # What is done here and not by mcp-go
//
//   - Every message is looked at first (see message.go), so that what can't be
//     served is answered in plain words and with its id: no Go type names, no
//     bound that is not said, a near miss for a tool that does not exist.
//   - Standard input and output have their own loop: mcp-go's reads lines
//     without bound, drops the calls that wait when the input ends, and answers
//     what was cancelled.
//   - Clients of the handshake era are asked for decisions: by an id that can't
//     be guessed, on the stream of the call that it is about, for less than the
//     minute that clients wait, and an answer counts from who was asked.
//   - Progress is written straight to the client that asked, in order and a few
//     milliseconds before the result. mcp-go passes notifications through a
//     queue shared by a session's requests, and loses some.
//   - The HTTP side is wrapped: Host and Origin, tokens, rate, size, time-outs
//     and sessions that belong to who opened them are checked before mcp-go
//     sees a request.
package mcp
