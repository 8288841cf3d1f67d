package daily

import (
	"context"
	"fmt"
	"time"

	"didops/internal/order"
)

// Feed is by what a chat tells morning pages. It is implemented by
// internal/digest.
// Safe for concurrent use, by several processes.
type Feed interface {
	// Place returns where pages are told.
	Place() string
	// Wait returns how long from now the next page is due, or may be tried again;
	// ok is false where none ever is.
	Wait(ctx context.Context) (d time.Duration, ok bool, err error)
	// Begin returns the page that is to be sent: one that is not sent, or a new one
	// where that is due and there is something to tell.
	Begin(ctx context.Context) (n News, ok bool, err error)
	// Sent keeps that a page was sent, by its id in the chat.
	Sent(ctx context.Context, n News, message string) error
	// Refused keeps why a page could not be sent. It is tried again, later and
	// later, and becomes a part of the next.
	Refused(ctx context.Context, n News, why string) error
}

// News is a page to be sent.
type News struct {
	Page  Page
	Again bool // it may have been sent already, by who never heard of it
	Begun time.Time

	Rev  int64 // counts the pages of an exchange
	Acts []Act // what each line leads to, as many as there are lines; the zero Act = nothing
	Zone *time.Location
}

// ID names the page: no other of its exchange has it.
func (n *News) ID() string { return fmt.Sprintf("p%s-%d", n.Page.At.UTC().Format("060102"), n.Rev) }

// Act is what a line leads to: a call that asks for an order, or shows more.
type Act struct {
	Label  string
	Call   order.Call
	Orders bool // it asks for an order
}

// IsZero reports whether a line leads to nothing.
func (a Act) IsZero() bool { return a.Call.IsZero() }
