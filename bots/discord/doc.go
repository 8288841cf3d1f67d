// Package discord offers the catalogue as slash commands, and orders as cards
// with buttons.
//
// It is a translation and nothing else: commands and options are derived from
// the [didops/tools.Catalog], a command is a call of the [didops/tools.Gate],
// and what is shown is the [didops/internal/view.Doc] that comes back. The
// package knows no operation by name and holds no rule about orders; what it
// adds are the rights of members and the ways of the medium.
//
// # Where an order is shown
//
// A card is a message of the bot's own, because those can be edited for good
// while the answers to interactions can't. One process at a time keeps all
// cards up to date from the [didops/internal/order.Feed], and nothing but that loop
// (see board.go) writes them: whatever Discord did not take, was restarted or
// was decided elsewhere is made good by the same few lines. A press of a
// button therefore only decides; what came of it reaches the card through the
// board.
//
// The answer to a command that asks for an order is seen by the requester
// only, the card by everybody. So neither a refusal nor an option that should
// not have been typed stands in the channel.
//
// # What is trusted
//
// Anybody who sees a message can press its buttons, so nothing rests on where
// a button was seen. The rights of the member are looked at for every
// interaction by itself: the command, the button, and the modal again.
package discord
