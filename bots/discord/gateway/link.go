// Package gateway is the connection to Discord: REST calls, the gateway or the
// interactions that arrive by HTTP, and what goes wrong with them.
//
// The gateway is a WebSocket under a supervisor. It is not discordgo's Session,
// which locks up when it is told to reconnect at the wrong moment, identifies
// anew without end when a session is invalid, and ends its sessions with every
// connection. A session here outlives its connections (session.go): after
// whatever ended one, the next resumes it, by which nothing is missed and no
// identify is spent. Identifies are rationed by Discord, per five seconds and
// per day, and so they are here (run.go).
//
// REST calls are made here and not by a Session. Its rate limiter keeps one
// bucket for all edits, so that they wait for each other, and two more per
// interaction for ever; it sleeps past the end of a context, repeats a post
// that may have arrived, and its errors have tokens in them. Calls that belong
// to an interaction go out without the bot's token and wait for no other call.
// Bodies are discordgo's, mended in one place (body.go), and go to API v10,
// which Discord's OpenAPI document describes.
//
// Of discordgo the types are used, and nothing that connects.
package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/bwmarrin/discordgo"
)

// What a call to Discord may come to besides success. Find them with
// errors.Is; every error of this package is one of them or the context's, and
// none holds a token. ErrGone is Discord's own word, by its code, and never
// that of something between.
var (
	ErrGone         = errors.New("the message, channel or interaction is not there any more")
	ErrAcknowledged = errors.New("the interaction has been answered already")
	ErrForbidden    = errors.New("the bot may not do that there")
	ErrInvalid      = errors.New("the request is not accepted by Discord")
	ErrUnauthorized = errors.New("the bot's token is refused by Discord")
	ErrBusy         = errors.New("the wait that Discord asks for is longer than there is time")
	ErrUnavailable  = errors.New("can't reach Discord, or it fails")
)

// ErrNoChannel is the ErrGone of a channel.
var ErrNoChannel = fmt.Errorf("%w: the channel", ErrGone)

var (
	errNoMessage = fmt.Errorf("%w: the message", ErrGone)

	// errNoRoute is a 404 without a code of Discord's: what answers does not
	// know the path, which says nothing of what the path names.
	errNoRoute = fmt.Errorf("%w: nothing is known by that path", ErrUnavailable)
)

// Reply answers one interaction. Safe for concurrent use.
type Reply interface {
	// Ack sends the first response, which has to come within three seconds.
	Ack(ctx context.Context, r *discordgo.InteractionResponse) error
	// Edit changes the message that the first response is or will be; after a
	// deferred update, the message that the component is on.
	Edit(ctx context.Context, e *discordgo.WebhookEdit) error
	// Followup sends a further message and returns its id.
	Followup(ctx context.Context, p *discordgo.WebhookParams) (string, error)
}

// Handler takes an interaction. It is called in a goroutine of its own for
// each; a panic of it is contained and logged under a reference.
type Handler func(ctx context.Context, i *discordgo.Interaction, reply Reply)

// REST is what the bot asks of Discord outside of interactions. Safe for
// concurrent use. Calls are tried again where that is safe and the context's
// deadline allows it.
type REST interface {
	// Application returns the id of the application that the token belongs to.
	Application(ctx context.Context) (string, error)
	// Commands returns the application's commands in a guild.
	Commands(ctx context.Context, guild string) ([]*discordgo.ApplicationCommand, error)
	// PutCommands puts them in place of all that are there.
	PutCommands(ctx context.Context, guild string, list []*discordgo.ApplicationCommand) error
	// Post sends a message to a channel and returns its id. Of two posts with
	// the same nonce, within a few minutes, one message comes.
	Post(ctx context.Context, channel string, m *discordgo.MessageSend, nonce string) (string, error)
	// Direct returns the channel of direct messages to a user.
	Direct(ctx context.Context, user string) (string, error)
	// Edit changes a message of the bot's own.
	Edit(ctx context.Context, channel, message string, m *discordgo.MessageEdit) error
	// Messages returns up to a hundred messages of a channel, those that follow
	// the one with that id, or the newest for "", oldest first.
	Messages(ctx context.Context, channel, after string) ([]Entry, error)
	// Exists returns nil where a message is there, and ErrGone where it is not.
	Exists(ctx context.Context, channel, message string) error
	// Fetch returns a file that was put into a form, at the longest so many bytes.
	Fetch(ctx context.Context, file Upload, most int) ([]byte, error)
	// Access returns what a channel is and what the bot may do there.
	Access(ctx context.Context, channel string) (Access, error)
}
