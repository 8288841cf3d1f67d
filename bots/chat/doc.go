// Package chat is what stands behind the program in any chat: it shows orders
// as cards with buttons, answers commands, pages through results, hands rows
// to other operations and announces the audit trail.
//
// The pattern is ports and adapters. The package holds the application: what a
// request leads to, what a message says, who may do what. A chat adapts it by
// a [Port], by which it is written to when nobody has asked, and by a [Reply]
// for each request. Neither this package nor its messages know a chat, its
// markup or its limits; the latter are values in [Limits].
//
// # What a new chat brings
//
//   - A renderer: [Renderer.Draw], and [Message], [Form], [Announcement] and
//     faults in the chat's own terms, with the texts of strangers escaped.
//   - A transport: how requests arrive and messages leave, and which user sent
//     a request, told by the chat and not by the request's content.
//   - The port: a [Port], a [Reply], the [Limits], and calls of
//     [Service.Command], [Service.Suggest], [Service.Press] and
//     [Service.Submit] for what arrives.
//   - An entry for its front end and its realm in [didops/internal/identity],
//     a section of the configuration and its wiring.
//
// # Where an order is shown
//
// A card is a message of the program's own, because those can be edited for
// good while answers often can't. Cards and the audit trail are consumers of
// an outbox, the [didops/internal/order.Feed]: one process at a time, by a
// lease of the chat's, brings them up to date. Whatever the chat did not take,
// was restarted or was decided elsewhere is made good by the same few lines. A
// card is noted before it is posted, and what was noted is behind until its
// message is known to be right: a post whose answer was lost is looked for and
// written again. A press of a button shows what came of it on the message that
// was pressed, by the answer to the press, which takes no lease, no permission
// in the place and none of the place's limits; the loop leaves that card alone
// meanwhile, and repairs it where the answer is lost or another process keeps
// the cards. What goes out first is what people wait for: cards that are to be
// decided, then outcomes, then what may be right already; each is made of what
// its order is when its turn comes. How much is behind is told by
// [Service.Backlog].
//
// What a card says is a summary of its order, made here of the gists that the
// operation gives of its lines: money first, one line for each number, what all
// share said once. What must be read before a decision stands on it; all the
// rest is behind a button, and of many numbers in a file. Renderers give room to
// why a line was not carried out and what differs before all else. The buttons
// that lead on from an order make the calls that the operation names, as the
// member who presses and through the gate, as a command does.
//
// Beside its card an order has companions: the message in the place of the
// request, which becomes its outcome, and the one by which who asked hears of
// that. They are kept by the same outbox, and lost answers found, in the same
// way; only a card and the word to who asked call anybody, once.
//
// A list that a command leaves out is asked for by a form, typed or as a file;
// what of a file can't be taken refuses all of it.
//
// The answer to a command that asks for an order is seen by the requester
// only, the card by everybody. So neither a refusal nor an argument that should
// not have been typed stands in the place.
//
// # What is trusted
//
// Anybody who sees a message can press its buttons, so nothing rests on where
// a button was seen. The rights of the user are looked at for every request by
// itself: the command, the button, and the form again.
package chat
