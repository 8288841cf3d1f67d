// Package mcp offers the catalogue over the Model Context Protocol: on
// standard input and output for one local client, and over streamable HTTP
// for many.
//
// It is a translation and nothing else. Tools, schemas and texts come from
// the [didops/tools.Gate]; a call goes to the gate and its result comes back
// as structured content and as Markdown. What an operation declares to have an
// address is a resource, and a read of it is a call; what it says that a person
// may begin with is a prompt. The package knows no operation by name.
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
// # Several processes
//
// Processes on one store may serve the same clients, each request any of them,
// as behind a load balancer that knows no sessions:
//
//   - What a client of the newer era brings with its call is a handle that the
//     store knows and lets be used once.
//   - A session of the handshake era is its id: what the client said of itself,
//     sealed for its caller under a key of the store (see sessions.go). It ends
//     when it has not been used for 30 days; restarts do not matter to it. A
//     process remembers only the sessions that it was told to end; others
//     honour the id until its time is over, and it opens nothing to anybody but
//     its caller.
//   - A question goes out on the stream of the call that waits for it. Its id
//     names the handle, so that the answer may reach another process, which
//     carries it out; the one that waits looks at the order and the handle.
//     However a question ends, its handle is used up.
//   - An order that waits is a task, where the client follows tasks: a handle of
//     the store's, which any process answers for, after a restart too (see task.go).
//   - A cancellation ends a call only in the process that serves it. Elsewhere
//     it is accepted and does nothing: the call ends in its time, or when the
//     client closes its stream. Until then a person's yes still counts.
//   - Progress and heartbeats go to the stream that is open, and nothing else is
//     ever sent on a stream of its own; answers to a ping are accepted by any
//     process. The rate of a caller is bounded by each process for itself.
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
//   - Tasks, as the newer era has them, and what mcp-go has no words for are
//     answered here (see own.go): it speaks an older design of tasks.
//   - Progress is written straight to the client that asked, in order and a few
//     milliseconds before the result. mcp-go passes notifications through a
//     queue shared by a session's requests, and loses some.
//   - The HTTP side is wrapped: Host and Origin, tokens, rate, size, time-outs
//     and sessions that belong to who opened them are checked before mcp-go
//     sees a request.
package mcp
