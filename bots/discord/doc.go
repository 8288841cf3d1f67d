// Package discord is the adapter of [didops/bots/chat] to Discord: it offers
// the catalogue as slash commands, and orders as cards with buttons.
//
// It is a translation and nothing else: commands and options are derived from
// the [didops/tools.Catalog], interactions become requests, and messages become
// components v2, modals and files, escaped and cut to what Discord takes.
// The package knows no operation by name and holds no rule about orders. The
// connection itself is in the package gateway below it.
//
// Who sent an interaction is taken from the interaction itself, which Discord
// fills in anew for each; nobody is answered outside of the servers named.
package discord
