package order

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"didops/internal/money"
	"didops/internal/view"
)

// compactOrder is an order as models are told of it: what its Doc says, each
// thing once.
type compactOrder struct {
	ID          string        `json:"id"`
	Kind        string        `json:"kind"`
	State       State         `json:"state"`
	Currency    string        `json:"currency"`
	Total       *Total        `json:"total,omitempty"` // of a purchase; the fees of a single line stand nowhere else
	Bought      *Bought       `json:"bought,omitempty"`
	Vendor      string        `json:"vendor,omitempty"` // in marks, as all words of others
	Labels      string        `json:"labels,omitempty"`
	Account     string        `json:"account,omitempty"`
	CallsTo     Route         `json:"calls_to,omitzero" jsonschema_description:"Or {from, to}"`
	MessagesTo  Route         `json:"messages_to,omitzero" jsonschema_description:"Alike"`
	Lines       []compactLine `json:"lines"`
	Notices     []string      `json:"notices,omitempty"`
	RequestedBy compactParty  `json:"requested_by"`
	Reason      string        `json:"reason,omitempty"`
	Talk        []string      `json:"talk,omitempty" jsonschema:"-"` // what was said of it, in marks
	WaitsFor    string        `json:"waits_for,omitempty" jsonschema:"-"`
	AskedOf     string        `json:"asked_of,omitempty" jsonschema:"-"`
	MadeOf      string        `json:"made_of,omitempty" jsonschema:"-"`
	ReplacedBy  string        `json:"replaced_by,omitempty" jsonschema:"-"`
	DecidedBy   []string      `json:"decided_by,omitempty"`
	ExpiresAt   time.Time     `json:"expires_at,omitzero"`
	Approvals   *Approvals    `json:"approvals,omitempty"`
	ApproveAt   []string      `json:"approve_at,omitempty"`
}

// compactParty is a party whose name is in marks.
type compactParty struct {
	Realm string `json:"surface"`
	Name  string `json:"name"`
}

// compactLine is a line likewise.
type compactLine struct {
	Number     string       `json:"number"`
	State      LineState    `json:"state,omitempty"`
	SendAt     time.Time    `json:"send_at,omitzero"`
	Message    string       `json:"message,omitempty"`
	Changed    string       `json:"changed,omitempty"`
	SetupFee   money.Amount `json:"setup_fee,omitzero"`
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"`
	Documents  *bool        `json:"documents_required,omitempty"`
	LineTerms
	Vendor  string `json:"vendor,omitempty"`
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text,omitempty"`
}

// Compact returns the order as models are told of it. Its message is the
// summary of the result that it stands in.
func (o Order) Compact() any {
	c := compactOrder{
		ID: o.ID, Kind: o.Kind, State: o.State, Currency: o.Currency, Bought: o.Bought,
		Vendor: view.Quoted(o.Vendor), Labels: o.Labels, Account: o.Account, CallsTo: o.CallsTo, MessagesTo: o.MessagesTo, Notices: o.Notices,
		RequestedBy: compactParty{o.RequestedBy.Realm, view.Quoted(o.RequestedBy.Name)}, Reason: view.Quoted(o.Reason), ApproveAt: o.ApproveAt,
	}
	if o.Costs {
		c.Total = &o.Total
	}
	c.WaitsFor, c.AskedOf, c.ReplacedBy = o.WaitsFor, view.Quoted(o.AskedOf), o.ReplacedBy
	for _, s := range o.Talk {
		c.Talk = append(c.Talk, s.Label()+": "+s.String())
	}
	if o.Replaces != "" {
		c.MadeOf = o.Replaces + ": " + o.Edit
	}
	for _, d := range o.DecidedBy {
		c.DecidedBy = append(c.DecidedBy, d.String())
	}
	if o.State == Pending {
		c.ExpiresAt = o.ExpiresAt
		if o.Needed > 1 {
			c.Approvals = &o.Approvals
		}
	}
	for _, l := range o.Lines {
		line := compactLine{
			Number: l.Number, Message: l.Message, Changed: strings.Join(l.changes(), "; "), SetupFee: l.SetupFee, MonthlyFee: l.MonthlyFee,
			Documents: l.Documents, LineTerms: l.LineTerms, Vendor: view.Quoted(l.Vendor), SendAt: l.SendAt,
			Subject: view.Quoted(l.Subject), Text: view.Quoted(l.Text),
		}
		if o.Costs && len(o.Lines) == 1 {
			line.SetupFee, line.MonthlyFee = money.Amount{}, money.Amount{}
		}
		if o.touched() {
			line.State = l.State
		}
		c.Lines = append(c.Lines, line)
	}
	return c
}

// changes says what of the line is not as it was quoted, a text for each fact.
func (l LineView) changes() []string {
	var list []string
	for _, field := range slices.Sorted(maps.Keys(l.Changed)) {
		pair := l.Changed[field]
		list = append(list, fmt.Sprintf("%s: %s → %s", field, l.stated(field, pair[0]), l.stated(field, pair[1])))
	}
	return list
}

// compactRow is an order in a list of them.
type compactRow struct {
	ID          string       `json:"id"`
	Kind        string       `json:"kind"`
	State       State        `json:"state"`
	Numbers     string       `json:"numbers"`
	DueNow      money.Amount `json:"due_now"`
	Currency    string       `json:"currency"`
	RequestedBy string       `json:"requested_by"`
	CreatedAt   time.Time    `json:"created_at"`
	WaitsFor    string       `json:"waits_for,omitempty" jsonschema:"-"`
	AskedBackAt time.Time    `json:"asked_back_at,omitzero" jsonschema:"-"`
	DecidedBy   string       `json:"decided_by,omitempty"`
}

// CompactRow returns the order as models are told of it in a list.
func (o Order) CompactRow() any {
	return compactRow{
		ID: o.ID, Kind: o.Kind, State: o.State, Numbers: o.First(), DueNow: o.Total.DueNow, Currency: o.Currency,
		RequestedBy: view.Quoted(o.RequestedBy.Name), CreatedAt: o.CreatedAt, DecidedBy: strings.Join(o.deciders(), ", "),
		WaitsFor: o.WaitsFor, AskedBackAt: o.AskedBackAt,
	}
}
