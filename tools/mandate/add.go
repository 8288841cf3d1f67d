package mandate

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/internal/transaction"
	"didops/internal/view"
	"didops/internal/watch"
	"didops/tools"
	"didops/tools/did"
	watchops "didops/tools/watch"
)

// AddIn is what mandate_add takes.
type AddIn struct {
	Name string `json:"name" jsonschema_description:"Such as uae-mobile"`
	Filter
	Count       int          `json:"count" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"Numbers in all, 1 to 1000"`
	Budget      money.Amount `json:"budget" jsonschema_description:"Due at once, of all"`
	MonthCount  int          `json:"month_count,omitempty" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"Numbers a month (UTC), 1 to 1000"`
	MonthBudget money.Amount `json:"month_budget,omitzero" jsonschema_description:"Due at once, a month (UTC)"`
	PerDay      int          `json:"per_day,omitempty" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"Numbers a day (UTC), 1 to 1000"`
	Until       string       `json:"until" jsonschema_description:"30d, 2027-01-31, RFC 3339"`
	Grace       int          `json:"grace,omitempty" jsonschema:"minimum=10,maximum=86400,default=60" jsonschema_description:"Seconds in which each purchase can be stopped, 10 to 86400, default 60"`
	Users       []string     `json:"users,omitempty" jsonschema:"maxItems=20" jsonschema_description:"Who may use it besides you: a person, role:NAME, http:CLIENT"`
	Contact     string       `json:"contact,omitempty" jsonschema_description:"Where calls go: template (default) or sip:user@host[:port]"`
	Watch       string       `json:"buy_from_watch,omitempty" jsonschema_description:"Name of your watch: what it finds is bought"`
	Reason      string       `json:"reason,omitempty" jsonschema_description:"For who decides"`
}

// Validate implements the check across parameters.
func (in AddIn) Validate() error {
	for _, f := range []struct {
		name string
		is   money.Amount
	}{{"max_monthly_fee", in.MaxMonthlyFee}, {"max_setup_fee", in.MaxSetupFee}, {"budget", in.Budget}} {
		if !f.is.Known() {
			return fault.New(fault.Invalid, "a mandate needs %s", f.name).WithField(f.name).WithHint("the most that may be paid, such as 5.00; 0 for nothing")
		}
	}
	if in.Watch != "" && in.PerDay == 0 {
		return fault.New(fault.Invalid, "a mandate that buys by itself needs per_day").WithField("per_day").WithHint("how many numbers it may buy on one day, such as 1")
	}
	return nil
}

func addOperation(c Config) tools.Declaration {
	return tools.Write[AddIn]{
		Name:    name("add"),
		Title:   "Ask for a mandate to buy",
		Summary: "Ask people for a mandate: numbers that fit may be bought without asking again, within a budget.",
		Doc:     "Returns an order that waits: nothing may be bought by it until a person approves.",
		Hint:    "standing permission, mandate: what fits is bought within a budget, without further approvals",
		Risk:    risk.Change,
		Group:   Group,
		Apart:   true,
		Kind:    mandate.Kind,
		Wording: order.Wording{
			Question: func(o order.Order) string { return "Let " + gistOf(o) + " be bought without asking again?" },
			Outcome:  func(o order.Order) string { return "Let them be bought by mandate" },
			Past:     "put in force", Confirm: order.ConfirmYes,
		},
		Folded: tools.Folded{Name: "filters", Says: `Of did_search: {"country":"AE"}`, Params: folded()},
		Terse:  []string{"city", "prefix", "type", "voice", "sms", "fax", "video", "vendor", "pattern", "documents"},
		Examples: []tools.Example{
			{Says: "five Emirates mobile numbers of 5 a month, 60 in all", Args: map[string]any{
				"name": "uae-mobile", "country": "UAE", "type": "mobile", "max_monthly_fee": "5", "max_setup_fee": "10", "count": 5, "budget": "60", "until": "30d",
			}},
		},
		Complete: map[string]tools.Completer{"country": did.CompleteCountry, "buy_from_watch": completeWatch(c)},
		Identify: c.identify, Quote: c.quote, Requote: c.requote, Send: c.send, Reconcile: c.reconcile,
		DrawTerms: c.draw, Describe: describe,
		Summarize: c.summarize, Gist: c.gist,
	}
}

// describe says of a mandate what rules look at beside its sums: whether what is
// bought by it is routed to a host that is not known.
func describe(l order.Line) order.LineTerms {
	return order.LineTerms{NewHost: did.StandsOnNewHost(l.Terms)}
}

func completeWatch(c Config) tools.Completer {
	return func(ctx context.Context, partial string) []tools.Choice {
		return watchNames(ctx, c, partial)
	}
}

// gistOf says of an order what may be bought, in few words: the one line of it is
// named for the mandate.
func gistOf(o order.Order) string {
	if len(o.Lines) == 0 {
		return "numbers"
	}
	return strings.Join(o.Lines[0].Gist.Parts, ", ")
}

// identify reads what needs nothing of the store.
func (c Config) identify(in AddIn, by identity.Caller) (order.IdempotencyKey, error) {
	t, err := c.terms(in)
	if err != nil {
		return order.IdempotencyKey{}, err
	}
	// As it was asked for: a span of time ends later each time that it is read.
	text, err := json.Marshal(in)
	return order.IdempotencyKey{Numbers: []string{t.Name}, Terms: string(text)}, err
}

func (c Config) terms(in AddIn) (mandate.Terms, error) {
	t := mandate.Terms{
		MaxMonthlyFee: in.MaxMonthlyFee, MaxSetupFee: in.MaxSetupFee, Numbers: in.Count, Budget: in.Budget,
		MonthNumbers: in.MonthCount, MonthBudget: in.MonthBudget, PerDay: in.PerDay, Grace: time.Duration(in.Grace) * time.Second,
		Watch: in.Watch, Words: watchops.Words(in.market()),
	}
	var err error
	if t.Name, err = mandate.Name(in.Name); err != nil {
		return t, err
	}
	if err = errors.Join(in.market().Possible(), in.market().Keepable()); err != nil {
		return t, err
	}
	if t.Filter, err = json.Marshal(in.market()); err != nil {
		return t, err
	}
	if in.Until == "" {
		return t, fault.New(fault.Invalid, "a mandate needs an end").WithField("until").WithHint("such as 30d or 2027-01-31; a year at most")
	}
	if t.Until, err = watch.ParseUntil(in.Until, c.Now()); err != nil {
		return t, err
	}
	t.Until = t.Until.UTC().Truncate(time.Second)
	return t, users(&t, in.Users)
}

// users reads who may use a mandate.
func users(t *mandate.Terms, list []string) error {
	for _, text := range list {
		text = strings.TrimSpace(text)
		realm, id, cut := strings.Cut(text, ":")
		switch {
		case text == "" || len(text) > 256:
			return fault.New(fault.Invalid, "users holds a name that is none").WithField("users")
		case !cut:
			t.Users = append(t.Users, approval.Who{Person: text})
		case realm == "role" && id != "":
			t.Users = append(t.Users, approval.Who{Role: id})
		case id != "" && (realm == identity.OS || realm == identity.HTTP || realm == identity.Discord):
			t.IDs = append(t.IDs, text)
		default:
			return fault.New(fault.Invalid, "users holds %q, which names nobody", text).WithField("users").
				WithHint("a name of [[people]], role:NAME, or a principal such as http:claude-team")
		}
	}
	return nil
}

func (c Config) quote(ctx context.Context, in AddIn, by identity.Caller) (order.Quote, error) {
	t, err := c.terms(in)
	if err != nil {
		return order.Quote{}, err
	}
	if err := c.free(ctx, t.Name, ""); err != nil {
		return order.Quote{}, err
	}
	if in.Watch != "" && (c.Watches == nil || !slices.ContainsFunc(c.Watches(ctx, by), func(name string) bool { return strings.EqualFold(name, in.Watch) })) {
		return order.Quote{}, fault.New(fault.NotFound, "you have no watch %s", view.Quoted(in.Watch)).WithField("buy_from_watch").WithHint("add it first: watch_add")
	}
	s, err := c.Standing(did.PurchaseIn{Contact: in.Contact}, by)
	if err != nil {
		return order.Quote{}, err
	}
	t.Routing = s.Routing
	text, err := t.Text()
	if err != nil {
		return order.Quote{}, err
	}
	l := order.Line{
		Number: t.Name, ID: c.newID(), DueNow: money.MustParse("0.00"), Facts: []order.Fact{{Name: factName, Value: free}},
		Terms: []order.Fact{{Name: mandate.Term, Value: text, Shown: "as below"}},
	}
	for _, f := range append(c.said(t), s.Shown...) {
		l.Terms = append(l.Terms, order.Fact{Name: f.Label, Value: f.Value})
	}
	q := order.Quote{Lines: []order.Line{l}, Notices: s.Notices}
	if t.Watch != "" {
		q.Notices = append(q.Notices, "It buys by itself what the watch finds: nobody asks for each number.")
	}
	return q, nil
}

func (c Config) newID() string {
	if c.NewID != nil {
		return c.NewID()
	}
	return "m-" + strings.ToLower(rand.Text()[:10])
}

// What the one fact of a mandate says: whether its name may be taken.
const (
	factName = "name"
	free     = "free"
	taken    = "taken"
)

// free reports as a conflict that a mandate but the one with an id has the name.
func (c Config) free(ctx context.Context, name, but string) error {
	err := c.Store().Read(ctx, func(tx mandate.Tx) error {
		row, err := tx.Mandate(c.Exchange, name)
		if err != nil {
			return err
		}
		if row.ID != but && !row.Ended(c.Now()) {
			return fault.New(fault.Conflict, "there is a mandate %s already", name).WithField("name").WithHint("choose another name, or revoke that one first")
		}
		return nil
	})
	if errors.Is(err, transaction.ErrNone) {
		return nil
	}
	return err
}

func (c Config) requote(ctx context.Context, l order.Line) (order.Line, error) {
	err := c.free(ctx, l.Number, l.ID)
	if fault.CodeOf(err) == fault.Conflict {
		l.Facts, l.Gone = []order.Fact{{Name: factName, Value: taken}}, "another mandate has its name by now"
		return l, nil
	}
	return l, err
}

// send puts the mandate where it is found.
func (c Config) send(ctx context.Context, l order.Line) error {
	t, err := mandate.Parse(l.Term(mandate.Term))
	if err != nil {
		return fault.New(fault.Invalid, "its terms can't be read").WithCause(err)
	}
	return c.Store().Write(ctx, func(tx mandate.Tx) error {
		row, err := tx.Mandate(c.Exchange, t.Name)
		switch {
		case errors.Is(err, transaction.ErrNone):
		case err != nil:
			return err
		case row.ID == l.ID:
			return nil
		case !row.Ended(c.Now()):
			return fault.New(fault.Invalid, "another mandate has its name by now")
		}
		return tx.KeepMandate(mandate.Row{ID: l.ID, Exchange: c.Exchange, Name: t.Name, Until: t.Until, Created: c.Now().UTC().Truncate(time.Microsecond)})
	})
}

func (c Config) reconcile(ctx context.Context, l order.Line) (order.Evidence, error) {
	found := order.Evidence{Verdict: order.Refuted, Why: "it is not in the store"}
	err := c.Store().Read(ctx, func(tx mandate.Tx) error {
		list, err := tx.Mandates(c.Exchange)
		for _, row := range list {
			if row.ID == l.ID {
				found = order.Evidence{Verdict: order.Confirmed, Why: fmt.Sprintf("mandate %s is in force until %s", row.Name, row.Until.UTC().Format(minute))}
			}
		}
		return err
	})
	if errors.Is(err, transaction.ErrNone) {
		err = nil
	}
	return found, err
}

const minute = "2006-01-02 15:04 UTC"
