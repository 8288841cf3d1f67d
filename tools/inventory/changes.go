package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/phone"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
	"didops/tools/did"
)

// ChangesIn is what did_changes takes.
type ChangesIn struct {
	Since string `json:"since,omitempty" jsonschema_description:"2027-01-31, RFC 3339, or 90d; default 7d"`
	Kind  string `json:"kind,omitempty" jsonschema:"enum=any,enum=new,enum=gone,enum=verified,enum=fee,enum=routing,enum=features,enum=state" jsonschema_description:"Only these"`
}

// ChangesOut is what did_changes returns.
type ChangesOut struct {
	tools.Envelope
	Currency         string    `json:"currency" jsonschema_description:"Of amounts"`
	Since            time.Time `json:"since" jsonschema:"-" compact:"-"`
	Changes          []Change  `json:"changes" jsonschema_description:"Latest first"`
	Totals           Totals    `json:"totals" compact:",omitempty" jsonschema:"-"`
	KnownSince       time.Time `json:"known_since,omitzero" jsonschema_description:"The first look"`
	AsOf             time.Time `json:"as_of,omitzero" jsonschema_description:"The last look"`
	Complete         bool      `json:"complete" jsonschema_description:"Nothing is missing"`
	IncompleteReason string    `json:"incomplete_reason,omitempty" jsonschema_description:"Why"`

	kind string
}

// Totals counts all changes, shown or not.
type Totals struct {
	All      int          `json:"all"`
	New      int          `json:"new,omitempty"`
	Gone     int          `json:"gone,omitempty"`
	Verified int          `json:"verified,omitempty"`
	Fee      int          `json:"fee,omitempty"`
	Routing  int          `json:"routing,omitempty"`
	Features int          `json:"features,omitempty"`
	State    int          `json:"state,omitempty"`
	NewFees  money.Amount `json:"new_monthly_fee,omitzero"`  // of those that came and state one
	GoneFees money.Amount `json:"gone_monthly_fee,omitzero"` // of those that went
}

// Change is one thing that changed of a number.
type Change struct {
	At         time.Time    `json:"at"`
	Number     string       `json:"number"`
	Kind       string       `json:"kind"`
	What       string       `json:"what,omitempty"` // from what to what
	MonthlyFee money.Amount `json:"monthly_fee,omitzero"`
	By         string       `json:"by"`                          // an order, or elsewhere
	Order      string       `json:"order,omitempty" compact:"-"` // its id
	Owner      string       `json:"owner,omitempty" quoted:"true"`
}

const (
	sinceDays    = 7   // how far back where nobody says
	shownChanges = 100 // unless all are asked for
)

func changesOperation(c Config) tools.Declaration {
	return tools.Operation[ChangesIn, ChangesOut]{
		Name:    name("changes"),
		Title:   "What changed of own numbers",
		Summary: "See what changed of own phone numbers: new, gone, verified, fee, routing; and who did it.",
		Doc:     "elsewhere: no order here did it.",
		Hint:    "which DID is gone, disappeared or came; which has another fee or routing, since when and by whom",
		Risk:    risk.Read,
		Apart:   true,
		Brief:   true,
		Examples: []tools.Example{
			{Says: "what changed in the last seven days", Args: map[string]any{}},
			{Says: "which numbers went in the last 30 days", Args: map[string]any{"since": "30d", "kind": "gone"}},
		},
		Run:  func(ctx context.Context, in ChangesIn) (ChangesOut, error) { return c.changes(ctx, in, shownChanges) },
		All:  func(ctx context.Context, in ChangesIn) (ChangesOut, error) { return c.changes(ctx, in, 0) },
		View: viewChanges,
	}
}

func (c Config) changes(ctx context.Context, in ChangesIn, most int) (ChangesOut, error) {
	since, err := did.Since(in.Since, c.Now().UTC())
	if err != nil {
		return ChangesOut{}, err
	}
	if since.IsZero() {
		since = c.Now().AddDate(0, 0, -sinceDays)
	}
	out := ChangesOut{Currency: c.Currency, Since: since.UTC().Truncate(time.Second), Changes: []Change{}}
	q := inventory.Query{Since: since}
	if in.Kind != "" && in.Kind != "any" {
		out.kind, q.Kinds = in.Kind, []inventory.Kind{inventory.Kind(in.Kind)}
	}
	own, err := c.Inventory.Own(ctx, c.Every, false)
	if err != nil {
		return ChangesOut{}, err
	}
	list, err := c.Inventory.Changes(ctx, q)
	if err != nil {
		return ChangesOut{}, err
	}
	out.known(&own, since)
	for i := range list {
		out.Totals.add(&list[i])
	}
	slices.Reverse(list)
	if most > 0 {
		list = list[:min(most, len(list))]
	}
	for i := range list {
		out.Changes = append(out.Changes, newChange(&list[i]))
	}
	c.owners(ctx, out.Changes)
	return out, nil
}

// known says since when and until when changes are known.
func (o *ChangesOut) known(own *inventory.Own, since time.Time) {
	o.KnownSince, o.AsOf = own.First.UTC().Truncate(time.Second), own.At.UTC().Truncate(time.Second)
	var why []string
	if own.First.After(since) {
		why = append(why, "nothing is known before the first look, at "+moment(own.First))
	}
	if own.Reason != "" {
		why = append(why, "the list could not be read now: "+strings.TrimSuffix(own.Reason, "."))
	}
	o.IncompleteReason = strings.Join(why, "; ")
	o.Complete = len(why) == 0
}

// owners adds whose the numbers are. Without, changes are told all the same.
func (c Config) owners(ctx context.Context, list []Change) {
	if len(list) == 0 {
		return
	}
	labels, err := c.Inventory.LabelsOf(ctx)
	if err != nil {
		return
	}
	for i := range list {
		list[i].Owner = labels[strings.TrimPrefix(list[i].Number, "+")].Owner
	}
}

func (t *Totals) add(c *inventory.Change) {
	t.All++
	switch c.Kind {
	case inventory.Came:
		t.New++
		t.NewFees = plus(t.NewFees, c.MonthlyFee)
	case inventory.Gone:
		t.Gone++
		t.GoneFees = plus(t.GoneFees, c.MonthlyFee)
	case inventory.Verified:
		t.Verified++
	case inventory.Fee:
		t.Fee++
	case inventory.Routing:
		t.Routing++
	case inventory.Features:
		t.Features++
	case inventory.State:
		t.State++
	}
}

// plus adds up what is known.
func plus(a, b money.Amount) money.Amount {
	switch {
	case !a.Known():
		return b
	case !b.Known():
		return a
	}
	return a.Add(b)
}

func newChange(c *inventory.Change) Change {
	out := Change{
		At: c.At.UTC().Truncate(time.Second), Number: phone.Format(c.Number), Kind: string(c.Kind), What: what(c.Fields),
		MonthlyFee: c.MonthlyFee, By: "elsewhere", Order: c.Order,
	}
	if c.Order != "" {
		out.By = "order " + c.Order
	}
	return out
}

// what tells fields in words: monthly fee 4.50 → 5.00.
func what(fields []inventory.Field) string {
	parts := make([]string, 0, len(fields))
	for _, f := range fields {
		label := strings.ReplaceAll(f.Name, "_", " ")
		if f.From == "" && f.To == "" {
			parts = append(parts, label+" changed")
			continue
		}
		parts = append(parts, label+" "+cmp.Or(f.From, "none")+" → "+cmp.Or(f.To, "none"))
	}
	return strings.Join(parts, "; ")
}

func viewChanges(_ ChangesIn, out ChangesOut) view.Doc {
	doc := view.Doc{Title: "Changes of own numbers", Summary: out.summary()}
	if !out.Complete {
		doc.Blocks = append(doc.Blocks, view.Notice{Text: "Not complete: " + out.IncompleteReason + "."})
	}
	if len(out.Changes) > 0 {
		doc.Blocks = append(doc.Blocks, changeTable(out.Currency, out.Changes, out.Totals.All))
	}
	if !out.KnownSince.IsZero() {
		doc.Blocks = append(doc.Blocks, view.Text(fmt.Sprintf("Known since %s; last looked at %s.", moment(out.KnownSince), moment(out.AsOf))))
	}
	return doc
}

func changeTable(currency string, list []Change, all int) view.Table {
	t := view.Table{Total: all, Columns: []view.Column{
		{Title: "When"},
		{Title: "Number"},
		{Title: "Kind"},
		{Title: "What", Prose: true},
		{Title: "Monthly " + currency, Right: true, Brief: "%s " + currency + "/mo"},
		{Title: "By", Brief: "by %s"},
		{Title: "Owner", Loose: true, Brief: "of %s"},
	}}
	for _, c := range list {
		t.Rows = append(t.Rows, []string{moment(c.At), c.Number, c.Kind, c.What, c.MonthlyFee.String(), c.By, view.Quoted(c.Owner)})
	}
	return t
}

func (o *ChangesOut) summary() string {
	kinds := ""
	if o.kind != "" {
		kinds = " of that kind"
	}
	since := " since " + moment(o.Since)
	if o.Totals.All == 0 {
		return "Nothing" + kinds + " changed" + since + ", as far as is known."
	}
	t := o.Totals
	var parts []string
	for _, p := range []struct {
		n    int
		name string
		fees money.Amount
	}{
		{t.New, "new", t.NewFees},
		{t.Gone, "gone", t.GoneFees},
		{t.Verified, "verified", money.Amount{}},
		{t.Fee, "with another fee", money.Amount{}},
		{t.Routing, "routed elsewhere", money.Amount{}},
		{t.Features, "with other features", money.Amount{}},
		{t.State, "in another state", money.Amount{}},
	} {
		if p.n == 0 {
			continue
		}
		text := view.Count(p.n) + " " + p.name
		if p.fees.Known() {
			text += " (" + p.fees.String() + " " + o.Currency + " a month)"
		}
		parts = append(parts, text)
	}
	s := fmt.Sprintf("%s%s: %s.", view.Plural(t.All, "change"), since, strings.Join(parts, ", "))
	if len(o.Changes) < t.All {
		s += fmt.Sprintf(" The latest %s are shown.", view.Count(len(o.Changes)))
	}
	return s
}
