package chat

import (
	"time"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/view"
)

// Message is what is shown in a chat, in the order of its fields. Texts other
// than the body are plain: the chat escapes and shortens them.
type Message struct {
	Title   string
	Sandbox bool      // marks the title: it is not the real market
	Body    string    // in the chat's markup: the text of a [Drawing]
	Asked   *Asked    // who asked for an order; nil = that is not said
	Said    []Said    // what people said of it, and did to it, before
	Votes   []Vote    // who decided about it
	Until   time.Time // when a decision is due; zero = none is
	Needs   *Needs    // what it still takes; nil = nothing
	Where   *Where    // where an order is decided; nil = that is not said
	Aside   string    // a word on the message itself
	Foot    string    // what the message is about, in small; the same for as long as it is there
	Small   string    // what else is said in small
	Mood    Mood
	Listing *Listing // rows of a result that can be acted upon; nil = it is of something else
	Buttons []Button
	Files   []File
	Calls   Calls  // who is notified of it when it is posted
	ReplyTo string // the id of the message in the place that it answers; "" = none
}

// Calls are ids of users and roles.
type Calls struct {
	Users []string // named at the beginning of the message
	Roles []string // of those that [Needs] names
}

// brief is what is shown in place of a message that the chat refuses.
func (s *Service) brief(m Message) Message {
	d := s.c.Port.Draw(view.Doc{Summary: s.c.Name + " did not take the whole of this. It is there all the same: look at it elsewhere."}, 0)
	return Message{Title: m.Title, Sandbox: m.Sandbox, Body: d.Text, Foot: m.Foot, Small: m.Small, Mood: m.Mood, Calls: Calls{Users: m.Calls.Users}, ReplyTo: m.ReplyTo}
}

// Where says where an order is decided.
type Where struct {
	AskedBy string   // name of who asked; "" = it is not said
	Place   string   // where its card is
	Nobody  bool     // nobody can decide in this chat
	Lacks   []string // permissions without which the card can't be posted there
	Closed  bool     // the card can't be posted there at the moment
	Ways    []string // how it is decided otherwise, a sentence each; none where that is said already
}

// Asked says who asked for an order, and why.
type Asked struct {
	By     string // who, with where they are of and through what, the words of others as quotations
	At     time.Time
	Reason string // a quotation; "" = none was given
}

// Said is what somebody said of an order, or did to it, before it was decided.
type Said struct {
	By   string // as in Asked
	What string // asked back, answered; "" = By says it
	Text string // a quotation; "" = nothing
	At   time.Time
}

// Vote is one person's decision.
type Vote struct {
	By   string // as in Asked
	What string // approved, rejected
	At   time.Time
}

// Needs says which approvals an order still takes.
type Needs struct {
	Missing, Of int
	Roles       []string // ids, one of which an approver has

	Rule  string // by which rule, as a quotation; "" = by the plain settings
	SoFar string // how far it is by that rule, in words
}

// Button is a control that is pressed.
type Button struct {
	Label string
	Style Style
	ID    string
	Off   bool   // it says something, and can't be pressed
	Opens string // an address that it opens in place of being pressed; "" = none
}

// Menu is a control by which one or more of its options are chosen.
type Menu struct {
	ID      string
	Prompt  string
	Options []Option
	Most    int // how many may be chosen
}

// Option is one thing to choose.
type Option struct {
	Value  string // what is sent, and shown where there is no label
	Label  string
	About  string // what else is known of it
	Chosen bool   // to begin with
}

// Form asks for texts and choices.
type Form struct {
	ID     string
	Title  string
	Inputs []Input
}

// Input is one text of a form.
type Input struct {
	Name     string
	Label    string
	Brief    string // the label where there is no room for it, which then becomes the hint; "" = it is shortened
	Hint     string
	Required bool
	Long     bool // it may have several lines
	File     bool // a file is put in, in place of text: see [Reply.Open]
	Most     int  // characters

	Value   string   // what it holds to begin with
	Choices []Option // what is chosen from; none = text is typed
	Picks   int      // how many of the choices may be chosen; they come with commas between
}

// Style is what pressing a button means.
type Style uint8

// The styles.
const (
	Plain  Style = iota // something else, or nothing
	Next                // goes on
	Agree               // approves
	Danger              // approves or asks for what can't be undone
)

// File is a file that comes with a message.
type File struct {
	Name string
	Kind string // media type
	Data []byte
	Alt  string // of a picture, which is shown in the message: what is to be seen, in at most 1,024 characters; "" = it is none
}

// Mood is how things stand, for the eye.
type Mood uint8

// The moods.
const (
	Informing Mood = iota // over, and nothing was done; also what just informs
	Waiting               // for somebody
	Good                  // done
	Attention             // under way, or to be looked at
	Bad                   // failed, or not known
)

// MoodOf returns the mood of an order's state.
func MoodOf(s order.State) Mood {
	switch s {
	case order.Pending:
		return Waiting
	case order.Executing, order.Scheduled, order.Partial, order.Changed:
		return Attention
	case order.Completed:
		return Good
	case order.Unknown, order.Failed:
		return Bad
	case order.Rejected, order.Expired, order.Cancelled:
		return Informing
	}
	return Informing
}

// MoodOfFault returns the mood of a refusal. That somebody else was first, or
// that it is too late, is news and no failure.
func MoodOfFault(code fault.Code) Mood {
	switch code {
	case fault.Invalid, fault.NotFound, fault.RateLimited, fault.Refused:
		return Attention
	case fault.Conflict, fault.Expired, fault.Forbidden:
		return Informing
	case fault.Unauthorized, fault.Unavailable, fault.UnknownOutcome, fault.Internal:
		return Bad
	}
	return Bad
}
