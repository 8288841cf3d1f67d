package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"didops/internal/audit"
	"didops/internal/view"
)

// What a chat may make of a message. The errors of a [Port] wrap them.
var (
	ErrUnauthorized = errors.New("the chat refuses the program") // nothing is left to do
	ErrForbidden    = errors.New("that is not allowed there")
	ErrGone         = errors.New("the place or the message is not there any more")
	ErrInvalid      = errors.New("the message is not accepted as it is")
)

// ErrNoPlace is the ErrGone of a place.
var ErrNoPlace = fmt.Errorf("%w: the place", ErrGone)

// Port is what a chat implements: how it is written to when nobody has asked,
// and how things are drawn there. All methods are safe for concurrent use;
// places and ids of messages are the chat's own and mean nothing here. Errors
// wrap one of the package where it fits; all others are tried again later.
type Port interface {
	Renderer

	// Post sends a message to a place and returns its id. Whom it calls hears of
	// it, and nobody else; no other method calls anybody. Of two posts with the
	// same nonce, within a few minutes, one message comes.
	Post(ctx context.Context, place string, m Message, nonce string) (id string, err error)
	// Direct returns the place of messages that only one user sees, who may take
	// none: then a post to it is refused, as [ErrForbidden].
	Direct(ctx context.Context, user string) (place string, err error)
	// Find returns the id of the program's own message in a place that was
	// posted at a moment or later and has that foot; "" for none.
	Find(ctx context.Context, place string, since time.Time, foot string) (id string, err error)
	// Missing returns which of the program's own messages in a place are not
	// there any more.
	Missing(ctx context.Context, place string, ids []string) ([]string, error)
	// Check returns why cards can't be kept in a place, in words for people, as
	// an error that wraps [ErrForbidden] or [ErrNoPlace]; nil where they can. Other
	// errors mean that it could not be found out.
	Check(ctx context.Context, place string) error
	// Edit puts a message, with its files, in place of one that was posted.
	// [ErrGone] means that the chat itself says that the message, or with
	// [ErrNoPlace] the place, was deleted.
	Edit(ctx context.Context, place, id string, m Message) error
	// Announce posts a message with lines about the audit trail, of which it has
	// room for all; the nonce is as in Post.
	Announce(ctx context.Context, place string, lines []Announcement, nonce string) error
	// Room returns how many of these lines, from the first, one message has room
	// for: one at least, which is shortened where it is too long.
	Room(lines []Announcement) int
}

// Renderer writes in a chat's markup.
type Renderer interface {
	// Draw writes what a [view.Doc] says below its title, as far as a message
	// has room, with the rows of its first table from the one numbered. Texts
	// of strangers are shown as they are: they mark nothing up and call nobody.
	Draw(d view.Doc, from int) Drawing
	// Brief writes a Doc as the body of a message, as far as what else the
	// message says leaves room, the rows of a list among that. But for a list,
	// each block is right below the other.
	Brief(d view.Doc, m Message) Drawing
}

// Drawing is what of a [view.Doc] a message shows.
type Drawing struct {
	Text  string // in the chat's markup
	First int    // of the first table, the first row shown
	Shown int    // of the first table, how many rows
	Total int    // of the first table, how many there are
	Whole bool   // nothing was left out or shortened
	Spare bool   // what was left out is of Extra columns only
}

// Announcement is one line about the audit trail: an event, or the head of the
// trail on a day.
type Announcement struct {
	Event   *audit.Event // nil: the head
	Head    Head
	Sandbox bool // it is not the real market
}

// Head is the end of the audit trail.
type Head struct {
	Day   time.Time
	Entry int64
	Hash  string
	Note  string // the key of the log on a line, and its signed head; "" = it is not signed
}
