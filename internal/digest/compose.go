package digest

import (
	"context"
	"fmt"
	"time"

	"didops/internal/digest/daily"
	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/view"
)

// What is told, and when.
const (
	RenewingWithin = 7 * 24 * time.Hour
	IdleFor        = 60        // days
	CheaperBy      = 20        // percent
	WaitsLong      = time.Hour // an order for its decision
	UnknownFor     = time.Hour // an order, before that is news
	overlap        = time.Hour // by which spans reach back: what is kept late is told once by its key
	day            = 24 * time.Hour
	firstWaiting   = 3 // days, after which every week is told
)

// composer makes one page.
type composer struct {
	Sources
	now   time.Time
	page  *daily.Page
	told  func(key string) bool
	until int64 // the last change that is on the page
}

// item puts an item on the page unless it was on one.
func (c *composer) item(kind daily.Kind, it daily.Item) {
	if !c.told(it.Key) {
		c.page.Add(kind, it)
	}
}

// missing notes what could not be found out. The rest of the page is there all
// the same.
func (c *composer) missing(what string, err error) {
	if err != nil {
		why := "an internal error"
		if f, ok := fault.As(err); ok {
			why = f.Outside().Message
		}
		c.page.Notes = append(c.page.Notes, what+" could not be looked at: "+why)
	}
}

// compose makes the page of all that is not told: changes after the one
// numbered, and at or after since.
func (c *composer) compose(ctx context.Context, after int64, since time.Time) error {
	own, err := c.Own(ctx)
	if err != nil {
		return fmt.Errorf("look at the own numbers: %w", err)
	}
	c.page.AsOf = own.At
	if own.Reason != "" {
		c.page.Notes = append(c.page.Notes, "The list of own numbers is that of "+own.At.Format("2006-01-02 15:04 UTC")+": "+own.Reason)
	}
	changes, err := c.Changes(ctx, inventory.Query{After: after, Since: since})
	if err != nil {
		return fmt.Errorf("read what changed: %w", err)
	}
	c.until = after
	for i := range changes {
		c.change(&changes[i])
	}
	back := c.page.Since.Add(-overlap)
	leaving := c.orders(ctx, back)
	for i := range own.Numbers {
		if n := &own.Numbers[i]; n.Gone.IsZero() {
			c.number(n, leaving[n.Digits])
		}
	}
	c.cheaper(ctx, own.Numbers, leaving)
	c.mandates(ctx, back)
	c.found(ctx, back)
	c.page.Sort()
	return ctx.Err()
}

// change tells of what nobody here asked for.
func (c *composer) change(ch *inventory.Change) {
	c.until = max(c.until, ch.Seq)
	it := daily.Item{Key: fmt.Sprintf("change:%d", ch.Seq), Number: ch.Number, At: ch.At, Fee: ch.MonthlyFee}
	if len(ch.Fields) > 0 {
		it.From, it.To = ch.Fields[0].From, ch.Fields[0].To
	}
	kinds := map[inventory.Kind]daily.Kind{
		inventory.Gone: daily.Lost, inventory.Came: daily.Came, inventory.Routing: daily.Rerouted, inventory.Fee: daily.Fees,
		inventory.Verified: daily.Verified, inventory.Features: daily.Altered, inventory.State: daily.Altered,
	}
	if kind := kinds[ch.Kind]; ch.Order == "" || kind == daily.Verified {
		c.item(kind, it)
	}
}

// number tells how an own number stands.
func (c *composer) number(n *inventory.Number, leaving bool) {
	it := daily.Item{Number: n.Digits, Fee: n.MonthlyFee}
	if days, ok := waits(n, c.now); ok {
		w := it
		w.At, w.Days = n.Waiting, int(c.now.Sub(n.Waiting)/day)
		w.Key = fmt.Sprintf("waiting:%s:%d:%d", n.Digits, n.Waiting.Unix(), days)
		c.item(daily.Waiting, w)
	}
	if in := n.BilledTo.Sub(c.now); !n.BilledTo.IsZero() && in > 0 && in <= RenewingWithin && !leaving {
		r := it
		r.At, r.Key = n.BilledTo, fmt.Sprintf("renewing:%s:%s", n.Digits, n.BilledTo.UTC().Format(time.DateOnly))
		c.item(daily.Renewing, r)
	}
	if days, _, ok := n.Use.Idle(c.now); ok && days >= IdleFor && !leaving {
		i, since := it, "never" // of one that was never used, what is known of it begins later every day
		if last := n.Use.Last(); !last.IsZero() {
			since = last.UTC().Format(time.DateOnly)
		}
		i.At, i.Days, i.Key = n.Use.Last(), days, "idle:"+n.Digits+":"+since
		c.item(daily.Idle, i)
	}
}

// waits returns after how many days of waiting for documents there was news last:
// after three, and after every week.
func waits(n *inventory.Number, now time.Time) (days int, ok bool) {
	if n.Waiting.IsZero() || n.State != inventory.PendingDocuments {
		return 0, false
	}
	switch days = int(now.Sub(n.Waiting) / day); {
	case days < firstWaiting:
		return 0, false
	case days < 7:
		return firstWaiting, true
	}
	return days / 7 * 7, true
}

// orders tells of orders that stand still, and returns the numbers that will be
// given up.
func (c *composer) orders(ctx context.Context, since time.Time) map[string]bool {
	leaving := map[string]bool{}
	if c.Orders == nil {
		return leaving
	}
	list, err := c.Orders(ctx, since)
	c.missing("Orders", err)
	for _, o := range list {
		it := daily.Item{Key: "order:" + o.ID + ":" + string(o.State), Order: o.ID, State: string(o.State), At: o.Since, Count: len(o.Numbers), Fee: o.Fee}
		age := c.now.Sub(o.Since)
		switch {
		case o.State == OrderUnsigned:
			it.At = o.Due
			c.item(daily.Unsigned, it)
		case o.State == OrderScheduled:
			for _, n := range o.Numbers {
				leaving[n] = true
			}
			if it.At = o.Due; o.Due.Sub(c.now) <= RenewingWithin {
				c.item(daily.Leaving, it)
			}
		case o.State == OrderKept:
			c.item(daily.Kept, it)
		case o.State == OrderUnknown && age >= UnknownFor:
			c.item(daily.Unknown, it)
		case o.State == OrderPending && age >= WaitsLong, o.State == OrderAsked, o.State == OrderExpired:
			c.item(daily.Unanswered, it)
		}
	}
	return leaving
}

// cheaper tells of numbers of which others of the same kind cost less.
func (c *composer) cheaper(ctx context.Context, numbers []inventory.Number, leaving map[string]bool) {
	if c.Cheaper == nil {
		return
	}
	own := map[string]*inventory.Number{}
	var ours []inventory.Number
	for i := range numbers {
		if n := &numbers[i]; n.Gone.IsZero() && n.MonthlyFee.Known() && !leaving[n.Digits] {
			own[n.Digits], ours = n, append(ours, *n)
		}
	}
	offers, err := c.Cheaper(ctx, ours)
	c.missing("What the same kind costs elsewhere", err)
	for _, o := range offers {
		n := own[o.Number]
		if n == nil || !o.Fee.Known() {
			continue
		}
		part := percentLess(n.MonthlyFee, o.Fee)
		if part < CheaperBy {
			continue
		}
		saving, ok := less(n.MonthlyFee, o.Fee)
		if !ok {
			continue
		}
		c.item(daily.Cheaper, daily.Item{
			Key: fmt.Sprintf("cheaper:%s:%d", n.Digits, part/10), Number: n.Digits, Offer: o.Offer, Fee: o.Fee, Saving: saving, Part: part, At: c.now,
		})
	}
}

// percentLess returns by how many whole percent b is less than a; 0 where it is
// not, or where either is too large to tell.
func percentLess(a, b money.Amount) int {
	x, okX := a.Nanos()
	y, okY := b.Nanos()
	if !okX || !okY || y >= x {
		return 0
	}
	return int((x - y) * 100 / x) //nolint:gosec // 100 at most
}

// less returns a-b.
func less(a, b money.Amount) (money.Amount, bool) {
	x, okX := a.Nanos()
	y, okY := b.Nanos()
	if !okX || !okY || y > x {
		return money.Amount{}, false
	}
	return money.OfNanos(x - y), true
}

// mandates tells what was bought by them, and which can't buy for long.
func (c *composer) mandates(ctx context.Context, since time.Time) {
	if c.Mandates == nil {
		return
	}
	list, err := c.Mandates(ctx, since)
	c.missing("Mandates", err)
	for _, m := range list {
		left := fmt.Sprintf("%s and %s %s left", view.Plural(m.Numbers, "number"), m.Budget, c.page.Currency)
		if m.Ended {
			left = "it ended"
		}
		for _, b := range m.Bought {
			c.item(daily.Mandated, daily.Item{Key: fmt.Sprintf("bought:%s:%d", b.Order, b.Line), Name: m.Name, Order: b.Order, Due: b.Due, To: left, At: b.At})
		}
		it := daily.Item{Name: m.Name, At: m.Until}
		switch {
		case m.Ended:
		case m.Numbers == 0 || m.Budget.Cmp(money.MustParse("0")) == 0:
			it.Key, it.State = "mandate:"+m.ID+":"+daily.UsedUp, daily.UsedUp
			c.item(daily.Ending, it)
		case m.Until.Sub(c.now) <= RenewingWithin:
			it.Key, it.State = "mandate:"+m.ID+":ends", "ends"
			c.item(daily.Ending, it)
		}
	}
}

// found tells what watches found.
func (c *composer) found(ctx context.Context, since time.Time) {
	if c.Found == nil {
		return
	}
	hits, err := c.Found(ctx, since)
	c.missing("Watches", err)
	for _, h := range hits {
		c.item(daily.Found, daily.Item{Key: "found:" + h.Key, Number: h.Number, Name: h.Watch, Fee: h.Fee, At: h.At})
	}
}
