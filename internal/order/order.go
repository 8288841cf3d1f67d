package order

import (
	"time"

	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/schedule"
	"didops/internal/view"
)

// State is where an order stands.
type State string

// The states of an order. The last five follow from its lines.
const (
	Pending   State = "pending"   // waits for a decision
	Executing State = "executing" // approved; its lines are being sent
	Scheduled State = "scheduled" // approved; the lines that are left are sent when they are due
	Rejected  State = "rejected"  // a person said no
	Expired   State = "expired"   // nobody decided in time
	Cancelled State = "cancelled" // taken back by who asked for it
	Unknown   State = "unknown"   // of some line it is not known whether it was carried out
	Completed State = "done"      // every line was carried out
	Partial   State = "partial"   // some lines were carried out
	Changed   State = "changed"   // nothing was carried out: the quote was no longer true
	Failed    State = "failed"    // nothing was carried out
)

// States returns every state.
func States() []State {
	return []State{Pending, Executing, Scheduled, Rejected, Expired, Cancelled, Unknown, Completed, Partial, Changed, Failed}
}

// Settled reports whether the state is one, and none of pending, executing,
// scheduled and unknown.
func (s State) Settled() bool { return s.Rests() && s != Scheduled }

// Rests reports whether an order may stay in the state for long, so that nobody
// waits for another: it is settled, or scheduled.
func (s State) Rests() bool { return s != "" && s != Pending && s != Executing && s != Unknown }

// LineState is where a line of an order stands.
type LineState string

// The states of a line.
const (
	LineWaiting LineState = "waiting" // not sent
	LineSending LineState = "sending" // sent, or about to be; no answer yet
	LineDone    LineState = "done"    // carried out
	LineFailed  LineState = "failed"  // not carried out
	LineUnknown LineState = "unknown" // sent, and no answer that can be trusted
	LineSkipped LineState = "skipped" // not sent, because the exchange failed or the program ended before
	LineChanged LineState = "changed" // not sent, because it was not what was approved
)

// Order is an order as everybody may see it who may see it at all: routing
// without passwords.
type Order struct {
	ID          string               `json:"id"`
	Kind        string               `json:"kind" jsonschema_description:"purchase, update, unsubscribe"`
	State       State                `json:"state" jsonschema_description:"Only done means done"`
	Message     string               `json:"message"`
	QuoteHash   string               `json:"quote_hash"`
	CreatedAt   time.Time            `json:"created_at"`
	ExpiresAt   time.Time            `json:"expires_at" jsonschema_description:"If nobody decides"`
	DecidedAt   time.Time            `json:"decided_at,omitzero"`
	RequestedBy identity.PublicParty `json:"requested_by"`
	DecidedBy   []Decided            `json:"decided_by"`
	Reason      string               `json:"reason,omitempty" quoted:"true" jsonschema_description:"The requester's words"`
	Currency    string               `json:"currency"`
	Total       Total                `json:"total"`
	Lines       []LineView           `json:"lines"`
	Vendor      string               `json:"vendor,omitempty" quoted:"true" jsonschema_description:"Of all lines"`
	Account     string               `json:"account,omitempty" jsonschema_description:"That pays"`
	Labels      string               `json:"labels,omitempty" quoted:"true" jsonschema:"-"` // of all lines, in words
	CallsTo     Route                `json:"calls_to,omitzero" jsonschema_description:"Where calls go: a text or, where it changes, {from, to}"`
	MessagesTo  Route                `json:"messages_to,omitzero" jsonschema_description:"Alike"`
	Notices     []string             `json:"notices" jsonschema_description:"What a person must know"`
	Approvals   Approvals            `json:"approvals"`
	Bought      *Bought              `json:"bought,omitempty"`
	ApproveAt   []string             `json:"approve_at,omitempty" jsonschema_description:"How a person decides"`
	Client      string               `json:"client,omitempty" quoted:"true" jsonschema_description:"The requester's program, by its own words"`

	// What people did while it waited; what there is not is absent.
	Talk        []RemarkView `json:"talk,omitempty" jsonschema:"-"`                   // oldest first
	WaitsFor    string       `json:"waits_for,omitempty" jsonschema:"-"`              // requester: who was asked back; "" = who decides
	AskedBackAt time.Time    `json:"asked_back_at,omitzero" jsonschema:"-"`           // since when
	AskedOf     string       `json:"asked_of,omitempty" quoted:"true" jsonschema:"-"` // whom it was handed to
	Replaces    string       `json:"replaces,omitempty" jsonschema:"-"`               // the order that it was made of
	Edit        string       `json:"edit,omitempty" jsonschema:"-"`                   // how, and by whom
	ReplacedBy  string       `json:"replaced_by,omitempty" jsonschema:"-"`            // the order that was made of it

	Changed time.Time `json:"-"` // when it came to stand as it does

	Drill  bool   `json:"-"` // it only finds out who is there (see [Driller])
	Costs  bool   `json:"-"` // it is a purchase: money is due
	Needed int    `json:"-"` // approvals that are needed in all
	Rule   string `json:"-"` // by which rules it is, as quotations; "" = by the plain settings
	SoFar  string `json:"-"` // how far its approvals go by them

	Strength identity.Strength `json:"-"` // least that each of its approvals has; zero = any

	Remark string       `json:"-"` // what is to be known of its money, as the terms say
	Terms  []view.Block `json:"-"` // what is approved, drawn
	Brief  Brief        `json:"-"` // the same in a few words
	Notes  []string     `json:"-"` // what a person must know before deciding
	About  []string     `json:"-"` // after it: what an unknown outcome means, what is not as quoted
	Unsure []string     `json:"-"` // of those, what an unknown outcome means
	Onward Onward       `json:"-"` // after it: what can be asked for
}

// Decided is one person's decision.
type Decided struct {
	Realm    string    `json:"surface"`
	Name     string    `json:"name" quoted:"true"`
	Decision string    `json:"decision"` // approved or rejected
	At       time.Time `json:"at"`
	Dialog   bool      `json:"-"`                                 // in the dialog of the requester's assistant
	Strength string    `json:"strength,omitempty" jsonschema:"-"` // passkey: who decided signed it; "" = a click, or a dialog
}

// RemarkView is what somebody said about an order that waited.
type RemarkView struct {
	Realm string     `json:"surface"`
	Name  string     `json:"name" quoted:"true"`
	Kind  RemarkKind `json:"kind"`
	Text  string     `json:"text" quoted:"true"`
	At    time.Time  `json:"at"`
}

// Total is what all lines of an order come to.
type Total struct {
	SetupFee   money.Amount `json:"setup_fee"`
	MonthlyFee money.Amount `json:"monthly_fee"`
	DueNow     money.Amount `json:"due_now"`
}

// Approvals says how many an order needs, and how many that count it has.
type Approvals struct {
	Needed int `json:"needed"`
	Given  int `json:"given"`

	Rules   []string `json:"rules,omitempty" jsonschema:"-"`   // by which they are needed; none = the plain settings
	Missing []string `json:"missing,omitempty" jsonschema:"-"` // what those lack yet, in words
}

// Bought is what a purchase has certainly bought, where that is not all of it
// as it was quoted.
type Bought struct {
	Numbers    int          `json:"numbers"`
	Due        money.Amount `json:"due"` // at once
	MonthlyFee money.Amount `json:"monthly_fee"`
}

// LineView is a line of an order.
type LineView struct {
	Number     string       `json:"number"`
	ID         string       `json:"i_did"`
	State      LineState    `json:"state"`
	SetupFee   money.Amount `json:"setup_fee,omitzero"`
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"`
	Documents  *bool        `json:"documents_required,omitempty"`
	SendAt     time.Time    `json:"send_at,omitzero" jsonschema_description:"Not before"`
	Message    string       `json:"message,omitempty"`
	Changed    Changes      `json:"changed,omitempty" quoted:"true"`
	Differs    Changes      `json:"differs,omitempty" quoted:"true" jsonschema_description:"Carried out, but not as quoted"`

	LineTerms

	Window    schedule.Window `json:"-"` // when it may be sent; the zero window: right after the approval
	TakenBack bool            `json:"-"` // it was left out because the order was taken back

	Words []string `json:"-"` // what of Changed another party wrote
	Gist  Gist     `json:"-"` // what is approved of it, in few words
}

// Changes are the facts of a line that are not what was approved: by field,
// what was quoted and what is now, or was found after it was carried out; null
// for what is not stated.
type Changes map[string][2]*string
