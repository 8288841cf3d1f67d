package did

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/sipaddr"
	"didops/internal/view"
)

// choice is by what own numbers are chosen that a request does not name.
type choice struct {
	named  []string // only of these, each of which must be an own number; none = of all
	place  sipaddr.Place
	within *ownMatcher
}

// choiceOf makes the filters of a request ready. It is not ok where there is
// none, and all numbers are named.
func choiceOf(in UpdateIn) (c choice, ok bool, err error) {
	if in.WhereRoute == "" && in.Country == "" {
		return choice{}, false, nil
	}
	if len(in.Numbers) > 0 {
		if c.named, err = digitsOf(in.Numbers); err != nil {
			return choice{}, false, err
		}
	}
	if in.WhereRoute != "" {
		if c.place, ok = sipaddr.ParsePlace(in.WhereRoute); !ok {
			return choice{}, false, fault.New(fault.Invalid, "where_route is no host name or IP address").WithField("where_route").
				WithHint("name the host alone, or with its port: pbx.example.net, 192.0.2.7:5060, [2001:db8::7]:5060")
		}
	}
	if c.within, err = (ListIn{Country: in.Country}).compile(time.Time{}); err == nil && len(c.named) > 0 && c.within.countries == nil {
		c.within.queries = []exchange.MarketQuery{{Prefix: common(prefixes(c.named))}}
	}
	return c, true, err
}

// key is the choice as requests are told apart by it.
func (c choice) key() string {
	named := slices.Sorted(slices.Values(c.named))
	return "own numbers " + digest("choice", c.place.String(), c.within.identity(), named)
}

// String says which numbers are meant, behind "own numbers".
func (c choice) String() string {
	text := within(c.within.countries)
	if c.place.Host != "" {
		text += " whose calls or messages go to " + c.place.String()
	}
	return text
}

// chosenRows is what a choice comes to.
type chosenRows struct {
	ownRows
	digits   []string // sorted
	unread   int      // own numbers with an address of which nobody can tell where it leads
	unplaced int      // own numbers of which nobody can tell in which country they are
	other    int      // named numbers that are not meant
}

// choose reads the own numbers once and returns those that are meant. A list
// that lacks what was bought a moment ago is not complete.
func (d *writeOps) choose(ctx context.Context, c choice) (chosenRows, error) {
	lags := newOwnNumbers(d.Config).lagging(ctx)
	found := chosenRows{ownRows: ownRows{}}
	for _, q := range c.within.queries {
		rows, err := d.ownList(ctx, q.Prefix)
		if err != nil {
			return found, err
		}
		maps.Copy(found.ownRows, rows)
	}
	maps.DeleteFunc(found.ownRows, func(digits string, _ []exchange.Owned) bool { return lags.gone(digits) })
	if why := lags.missing(c.within); why != "" {
		return found, whole("the own numbers", exchange.Reading{Reason: why}, nil)
	}
	named := map[string]bool{}
	for _, n := range c.named {
		if named[n] = true; c.within.countries == nil && len(found.ownRows[n]) == 0 {
			_, err := ownRow(ctx, found.find, "numbers", n)
			return found, err
		}
	}
	for digits, rows := range found.ownRows {
		if len(c.named) == 0 || named[digits] {
			c.take(&found, digits, rows)
		}
	}
	slices.Sort(found.digits)
	found.other = max(0, len(c.named)-len(found.digits))
	return found, nil
}

// take adds a number to what is chosen, if it is meant.
func (c choice) take(found *chosenRows, digits string, rows []exchange.Owned) {
	there, unread := false, false
	for i := range rows {
		o := &rows[i]
		if !c.within.match(o) {
			if c.within.undecided(&o.Number) {
				found.unplaced++
			}
			continue
		}
		leads, lost := c.leads(o)
		there, unread = there || leads, unread || lost
	}
	switch {
	case there:
		found.digits = append(found.digits, digits)
	case unread:
		found.unread++
	}
}

// leads reports whether calls or messages of a number go to the place, or go
// where nobody can tell.
func (c choice) leads(o *exchange.Owned) (there, unread bool) {
	if c.place.Host == "" {
		return true, false
	}
	for scheme, text := range map[string]string{sipaddr.SIP: o.Contact, sipaddr.SMPP: o.SMPPContact} {
		leads, ok := sipaddr.PlaceOf(scheme, text)
		there, unread = there || ok && c.place.Holds(leads), unread || !ok && text != ""
	}
	return there, unread
}

// quoteChosen quotes the numbers that are chosen. What can't be asked for one
// of them leaves that one out, and is told.
func (d *writeOps) quoteChosen(ctx context.Context, c choice, wishes [2]route) (order.Quote, error) {
	found, err := d.choose(ctx, c)
	if err != nil {
		return order.Quote{}, err
	}
	list, left, err := tolerant(ctx, found.digits, func(ctx context.Context, digits string) (order.Line, error) {
		l, err := d.quoteRoutes(ctx, found.find, digits, wishes)
		if err == nil {
			err = changing([]order.Line{l})
		}
		return l, err
	})
	if err != nil {
		return order.Quote{}, err
	}
	if len(list) == 0 {
		return order.Quote{}, c.nothing(left)
	}
	if err := d.most(len(list), "own numbers"+c.String()); err != nil {
		return order.Quote{}, err
	}
	told := []string{meant(list, c.String())}
	told = append(told, c.elsewhere(list, wishes)...)
	if found.other > 0 {
		told = append(told, view.Plural(found.other, "named number")+" left out: not among "+"the own numbers"+c.String()+".")
	}
	if n := found.unread; n > 0 {
		told = append(told, "Of "+view.Plural(n, "own number")+" an address can't be read as one, so it can't be told whether it leads there: left out.")
	}
	if n := found.unplaced; n > 0 {
		told = append(told, "Of "+view.Plural(n, "own number")+" the country can't be told: left out.")
	}
	return order.Quote{Lines: list, Notices: slices.Concat(told, leftOut(left), notices(wishes[:]...))}, nil
}

// meant says how many numbers are chosen, and the first and the last of them.
func meant(list []order.Line, which string) string {
	if len(list) == 1 {
		return "Chosen: the own number" + which + ": " + phone.Format(list[0].Number) + "."
	}
	return fmt.Sprintf("Chosen: %s%s; the first is %s, the last %s.", view.Plural(len(list), "own number"), which,
		phone.Format(list[0].Number), phone.Format(list[len(list)-1].Number))
}

// elsewhere warns of numbers that are chosen by one address of which the other
// would move as well.
func (c choice) elsewhere(list []order.Line, wishes [2]route) []string {
	var told []string
	if c.place.Host == "" {
		return nil
	}
	for i, w := range wishes {
		fact := [2]string{factContact, factSMPP}[i]
		n := 0
		for _, l := range list {
			leads, ok := sipaddr.PlaceOf(w.scheme, l.Fact(fact))
			moves := w.text != "" && l.Fact(fact) != "" && l.Fact(fact) != l.Term(parameterOf(w.scheme))
			if moves && (!ok || !c.place.Holds(leads)) {
				n++
			}
		}
		if n > 0 {
			told = append(told, fmt.Sprintf("The %s of %s go elsewhere today, and would move too.", what(w.scheme), view.Plural(n, "of them")))
		}
	}
	return told
}

// nothing is the error for a choice that comes to no number.
func (c choice) nothing(left []error) error {
	field := "where_route"
	if c.place.Host == "" {
		field = "country"
	}
	if len(left) > 0 {
		return fault.New(fault.Conflict, "none of the %d own numbers%s is to be re-routed", len(left), c.String()).WithField(field).
			WithHint("%s", strings.Join(leftOut(left), " ")).WithCause(order.ErrNoneChosen)
	}
	return fault.New(fault.NotFound, "there are no own numbers%s", c.String()).WithField(field).WithCause(order.ErrNoneChosen).WithHint("list your numbers to see where they go; an order that was carried out a moment ago may have moved them")
}

// most refuses more numbers than one order takes, and says how many there are.
func (d *writeOps) most(n int, which string) error {
	most := maxNumbers
	if d.MaxNumbers != nil && d.MaxNumbers() > 0 {
		most = min(most, d.MaxNumbers())
	}
	if n <= most {
		return nil
	}
	return fault.New(fault.Forbidden, "there are %s %s, and an order takes at most %s", view.Count(n), which, view.Count(most)).
		WithField("limits.max_numbers_per_order").
		WithHint("raise [limits] max_numbers_per_order, up to %d, or choose fewer by country or numbers", maxNumbers)
}

// tolerant quotes numbers as [lines] does, and leaves out those that can't be
// quoted because of what they are; left says why.
func tolerant(ctx context.Context, digits []string, quote func(context.Context, string) (order.Line, error)) (list []order.Line, left []error, err error) {
	place := make(map[string]int, len(digits))
	for i, n := range digits {
		place[n] = i
	}
	why := make([]error, len(digits))
	all, err := lines(ctx, digits, func(ctx context.Context, n string) (order.Line, error) {
		l, err := quote(ctx, n)
		if f, ok := fault.As(err); ok && slices.Contains([]fault.Code{fault.Conflict, fault.Invalid, fault.NotFound}, f.Code) {
			why[place[n]] = err
			return order.Line{}, nil
		}
		return l, err
	})
	if err != nil {
		return nil, nil, err
	}
	for i, l := range all {
		if why[i] != nil {
			left = append(left, why[i])
			continue
		}
		list = append(list, l)
	}
	return list, left, nil
}

// leftNamed is how many numbers that are left out are told with the reason.
const leftNamed = 5

// leftOut says which numbers are left out, and why.
func leftOut(left []error) []string {
	var told []string
	for _, err := range left {
		if f, ok := fault.As(err); ok {
			told = append(told, f.Message)
		}
	}
	if len(told) == 0 {
		return nil
	}
	if more := len(told) - leftNamed; more > 0 {
		told = append(told[:leftNamed:leftNamed], fmt.Sprintf("and %d more", more))
	}
	return []string{"Left out: " + strings.Join(told, "; ") + "."}
}
