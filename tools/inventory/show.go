package inventory

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/tools"
	"didops/tools/did"
)

// ShowIn is what did_show takes.
type ShowIn struct {
	Number string `json:"number" jsonschema_description:"E.164"`
}

// ShowOut is what did_show returns. The fields of a number that is gone are those
// that it had.
type ShowOut struct {
	tools.Envelope
	Currency     string           `json:"currency" jsonschema_description:"Of amounts"`
	did.OwnedRow `jsonschema:"-"` // told without being published, as what follows: did_list publishes its like
	First        time.Time        `json:"first_seen,omitzero" jsonschema:"-"` // the look at which it came; absent where it was there at the first look
	Gone         time.Time        `json:"gone_at,omitzero" jsonschema:"-"`
	Use          *Use             `json:"use,omitempty" compact:"-" jsonschema:"-"` // absent: not known
	Market       Market           `json:"market" compact:"-" jsonschema:"-"`
	Used         string           `json:"-" compact:"use"` // the same in words
	Now          string           `json:"-" compact:"same_kind_now"`
	Changes      []Change         `json:"changes" compact:"-" jsonschema:"-"` // latest first
	Orders       []Ordered        `json:"orders" compact:"-" jsonschema:"-"`  // latest first
	Past         []string         `json:"-" compact:"changes"`                // the same in words, a line each
	Asked        []string         `json:"-" compact:"orders" quoted:"true"`

	KnownSince       time.Time `json:"known_since,omitzero" jsonschema:"-"`
	AsOf             time.Time `json:"as_of,omitzero" jsonschema:"-"`
	IncompleteReason string    `json:"incomplete_reason,omitempty" jsonschema:"-"`

	now time.Time
}

// Use is what is known of how a number is used.
type Use struct {
	From        string `json:"known_since"` // days
	To          string `json:"known_until"`
	LastCall    string `json:"last_call,omitempty"`
	LastMessage string `json:"last_message,omitempty"`
	Calls       int    `json:"calls"`
	Messages    int    `json:"messages"`
	IdleDays    int    `json:"idle_days"`
	AtLeast     bool   `json:"at_least,omitempty"` // it was never used since it is known
}

// Market is what numbers of the same kind cost now, as far as is remembered: of
// its country and type, with all that it can do.
type Market struct {
	Known    bool         `json:"known"`
	Count    int          `json:"count"`
	Lowest   money.Amount `json:"lowest_monthly_fee,omitzero"`
	Setup    money.Amount `json:"setup_fee,omitzero"` // of the cheapest
	Number   string       `json:"number,omitempty"`   // likewise
	Cheaper  int          `json:"cheaper"`            // that cost less a month
	Complete bool         `json:"complete"`
	AsOf     time.Time    `json:"as_of,omitzero"`
	Unpriced int          `json:"without_fee,omitempty"`
}

// Ordered is an order about the number.
type Ordered struct {
	ID    string    `json:"id"`
	Kind  string    `json:"kind"`
	State string    `json:"state"`
	Line  string    `json:"line_state"`
	At    time.Time `json:"created_at"`
	By    string    `json:"requested_by" quoted:"true"`
}

const (
	shownPast   = 20
	shownOrders = 10
)

func showOperation(c Config) tools.Declaration {
	return tools.Operation[ShowIn, ShowOut]{
		Name:    name("show"),
		Title:   "Look at an own number",
		Summary: "Show all of one own phone number: routing, fees, labels, use, what happened, the market price now.",
		Hint:    "everything about one phone number that we own: whose it is, what it costs, what happened to it, what its kind costs now",
		Risk:    risk.Read,
		Apart:   true,
		Brief:   true,
		Examples: []tools.Example{
			{Says: "all that is known of a number", Args: map[string]any{"number": "+12025550123"}},
		},
		Run:      c.show,
		View:     viewShow,
		Complete: map[string]tools.Completer{"number": c.completeNumber},
	}
}

// show tells a number from all sides. Only that it is ours at all has to be known;
// what else can't be read is said.
func (c Config) show(ctx context.Context, in ShowIn) (ShowOut, error) {
	digits, err := phone.Digits(in.Number)
	if err != nil {
		return ShowOut{}, err
	}
	uncounted := c.count(ctx)
	own, err := c.Inventory.Own(ctx, c.Every, true)
	if err != nil {
		return ShowOut{}, err
	}
	known := find(own.Numbers, digits)
	live, why, err := c.live(ctx, digits)
	if err != nil {
		return ShowOut{}, err
	}
	if known == nil && live == nil {
		return ShowOut{}, unknown(digits, why)
	}
	labels, err := c.Inventory.LabelsOf(ctx, digits)
	if err != nil {
		return ShowOut{}, err
	}
	out := ShowOut{
		Currency: c.Currency, Changes: []Change{}, Orders: []Ordered{}, now: c.Now(),
		KnownSince: own.First.UTC().Truncate(time.Second), AsOf: own.At.UTC().Truncate(time.Second),
	}
	var n *exchange.Number
	switch {
	case live != nil:
		n, out.OwnedRow, out.AsOf = &live.Number, did.NewOwnedRow(live, labels[digits]), out.now.UTC().Truncate(time.Second)
	default:
		n, out.OwnedRow = &known.Number, did.NewOwnedRow(owned(known), labels[digits])
		out.State = known.State
		if known.Gone.IsZero() && why == "" {
			why = "the exchange's list does not show it at the moment"
		}
	}
	out.IncompleteReason = cmp.Or(why, uncounted)
	if known != nil {
		out.remembered(known, live != nil)
	}
	if err := c.past(ctx, digits, &out); err != nil {
		return ShowOut{}, err
	}
	if err := c.asked(ctx, digits, &out); err != nil {
		return ShowOut{}, err
	}
	out.Market, err = c.market(ctx, n, own.There())
	out.Used, out.Now = out.Use.String(), out.Market.words(c.Currency)
	return out, err
}

func find(list []inventory.Number, digits string) *inventory.Number {
	// One that went and came back may be there twice; the one that is ours counts.
	var found *inventory.Number
	for i := range list {
		if n := &list[i]; n.Digits == digits && (found == nil || n.Gone.IsZero()) {
			found = n
		}
	}
	return found
}

func unknown(digits, why string) error {
	if why != "" {
		return fault.New(fault.Unavailable, "%s is not among the own numbers that are known, and the list can't be read: %s", phone.Format(digits), why).WithField("number")
	}
	return fault.New(fault.NotFound, "%s is not a number of this account, and was not since the first look", phone.Format(digits)).
		WithField("number").WithHint("list your numbers to see which are")
}

// live reads the number as the exchange lists it now; nil where it does not, or
// where that can't be read, and why.
func (c Config) live(ctx context.Context, digits string) (*exchange.Owned, string, error) {
	var found *exchange.Owned
	reading, err := c.Reader.Owned(ctx, exchange.OwnedQuery{Prefix: digits}, func(page []exchange.Owned) error {
		for i := range page {
			if page[i].Digits == digits && found == nil {
				o := page[i]
				found = &o
			}
		}
		return nil
	})
	switch f, ok := fault.As(err); {
	case err == nil && !reading.Complete && found == nil:
		return nil, reading.Reason, nil
	case err == nil:
		return found, "", nil
	case ctx.Err() != nil || !ok:
		return nil, "", err
	default:
		return nil, f.Outside().Message, nil
	}
}

// count has use counted, and returns why it could not be; "" = it was, or nobody
// counts.
func (c Config) count(ctx context.Context) string {
	if c.Count == nil {
		return ""
	}
	return did.Uncounted(c.Count(ctx))
}

// owned is a number that is remembered as one that was read.
func owned(n *inventory.Number) *exchange.Owned {
	return &exchange.Owned{Number: n.Number, Contact: n.Calls, SMPPContact: n.Messages, BilledTo: n.BilledTo, Since: n.Since, Notes: n.Notes}
}

// remembered takes over what looks told of the number.
func (o *ShowOut) remembered(n *inventory.Number, there bool) {
	o.First = n.First.UTC().Truncate(time.Second)
	if o.State == exchange.PendingDocuments {
		o.Waiting = n.Waiting.UTC().Truncate(time.Second)
	}
	if !there {
		o.Gone = n.Gone.UTC().Truncate(time.Second)
	}
	if !o.Gone.IsZero() {
		o.State, o.Waiting = string(inventory.Gone), time.Time{}
	}
	u := n.Use
	if u == nil {
		return
	}
	idle, atLeast, _ := u.Idle(o.now)
	o.Use = &Use{
		From: day(u.From), To: day(u.To), LastCall: day(u.LastCall), LastMessage: day(u.LastMessage),
		Calls: u.Calls, Messages: u.Messages, IdleDays: idle, AtLeast: atLeast,
	}
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func (c Config) past(ctx context.Context, digits string, out *ShowOut) error {
	list, err := c.Inventory.Changes(ctx, inventory.Query{Number: digits, Most: shownPast})
	if err != nil {
		return err
	}
	for _, change := range slices.Backward(list) {
		made := newChange(&change)
		out.Changes = append(out.Changes, made)
		out.Past = append(out.Past, made.line())
	}
	return nil
}

// line tells a change in one line.
func (c Change) line() string {
	text := moment(c.At) + " " + c.Kind
	if c.What != "" {
		text += ": " + c.What
	}
	if c.Order != "" {
		return text + ", by " + c.By
	}
	return text + ", " + c.By
}

func (c Config) asked(ctx context.Context, digits string, out *ShowOut) error {
	list, err := c.Orders.About(ctx, request.Caller(ctx), digits, shownOrders)
	if err != nil {
		return err
	}
	for _, o := range list {
		made := Ordered{ID: o.ID, Kind: o.Kind, State: string(o.State), At: o.CreatedAt.UTC().Truncate(time.Second), By: o.RequestedBy.Name}
		if i := slices.IndexFunc(o.Lines, func(l order.LineView) bool { return l.Number == phone.Format(digits) }); i >= 0 {
			made.Line = string(o.Lines[i].State)
		}
		out.Orders = append(out.Orders, made)
		out.Asked = append(out.Asked, made.line())
	}
	return nil
}

// market tells what the same kind costs, from memory alone. What is ours is not
// for sale, though the exchange may list it still.
func (c Config) market(ctx context.Context, n *exchange.Number, own []inventory.Number) (Market, error) {
	if _, ok := phone.ByISO(n.Country); !ok || c.Memory == nil {
		return Market{}, nil
	}
	f := did.Filter{Country: n.Country, Type: n.Type, Voice: able(n.Voice), SMS: able(n.SMS), Fax: able(n.Fax), Video: able(n.Video)}
	ours := map[string]bool{n.Digits: true}
	for i := range own {
		ours[own[i].Digits] = true
	}
	var m Market
	seen, err := c.Memory.Fit(ctx, f, func(o *exchange.Offer, _ time.Time) {
		if !ours[o.Digits] {
			m.offer(o, n)
		}
	})
	if err != nil {
		if ctx.Err() != nil {
			return Market{}, err
		}
		return Market{}, nil // a price that can't be recalled is not known, and nothing fails for it
	}
	m.Known, m.Complete, m.AsOf = !seen.AsOf.IsZero(), seen.Complete, seen.AsOf.UTC().Truncate(time.Second)
	if !m.Known {
		return Market{}, nil
	}
	return m, nil
}

// offer counts one that can take the place of a number.
func (m *Market) offer(o *exchange.Offer, n *exchange.Number) {
	m.Count++
	if !o.MonthlyFee.Known() {
		m.Unpriced++
		return
	}
	if n.MonthlyFee.Known() && o.MonthlyFee.Cmp(n.MonthlyFee) < 0 {
		m.Cheaper++
	}
	if !m.Lowest.Known() || o.MonthlyFee.Cmp(m.Lowest) < 0 || o.MonthlyFee.Cmp(m.Lowest) == 0 && o.SetupFee.Known() && o.SetupFee.Cmp(m.Setup) < 0 {
		m.Lowest, m.Setup, m.Number = o.MonthlyFee, o.SetupFee, phone.Format(o.Digits)
	}
}

// able is what is asked for of what a number can do; what it can't is no matter.
func able(has bool) *bool {
	if !has {
		return nil
	}
	return &has
}

// suggestMost is how many numbers are suggested.
const suggestMost = 25

// completeNumber suggests own numbers that are remembered.
func (c Config) completeNumber(ctx context.Context, partial string) []tools.Choice {
	if c.Inventory == nil {
		return nil
	}
	prefix, _ := phone.Prefix(partial)
	own, err := c.Inventory.Own(ctx, 0, false)
	if err != nil {
		return nil
	}
	var list []tools.Choice
	for i := range own.Numbers {
		n := &own.Numbers[i]
		if strings.HasPrefix(n.Digits, prefix) && len(list) < suggestMost {
			list = append(list, tools.Choice{Value: phone.Format(n.Digits), Label: strings.TrimSpace(n.Country + " " + n.Type + " " + n.Owner)})
		}
	}
	return list
}
