package web

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/render"
	"didops/internal/view"
)

// listed is how many orders a list has at most.
const listed = 100

// roomy is how many bytes of a page are for the entries of its list: of more, the
// first are shown.
const roomy = 36_000

// around is how many bytes stand around an entry of a list at most.
const around = 320

// waiting is an order in the list of those that wait.
type waiting struct {
	ID, What string
	Facts    template.HTML
}

// waitingPage is what the page of those that wait shows.
type waitingPage struct {
	Orders []waiting
	More   int // how many there was no room for
}

// approvals shows what waits, what runs out first in front.
func (p *Page) approvals(w http.ResponseWriter, v *visit) error {
	orders, err := p.c.Gate.Orders(v.Context(), v.call("web_page"), order.Pending, listed)
	if err != nil {
		return err
	}
	slices.SortStableFunc(orders, func(a, b order.Order) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	body, room := waitingPage{}, roomy
	for i, o := range orders {
		facts := render.HTML(view.Doc{Blocks: p.facts(v, o)}, render.HTMLOptions{})
		if room -= len(facts) + around; room < 0 && i > 0 {
			body.More = len(orders) - i
			break
		}
		body.Orders = append(body.Orders, waiting{ID: o.ID, What: whatOf(o), Facts: facts})
	}
	p.draw(w, v, http.StatusOK, "approvals", frame{Title: "What waits", Body: body})
	return nil
}

// facts are what of an order stands in the list of those that wait.
func (p *Page) facts(v *visit, o order.Order) []view.Block {
	var list view.Fields
	add := func(label, value string) {
		if value != "" {
			list = append(list, view.Field{Label: label, Value: value})
		}
	}
	if o.Costs {
		add("Due now", o.Total.DueNow.String()+" "+o.Currency)
		add("Each month", o.Total.MonthlyFee.String()+" "+o.Currency)
	}
	list = append(list, o.Brief.About...)
	add("Asked by", o.RequestedBy.String())
	if o.Reason != "" {
		add("Reason given", view.Quoted(o.Reason))
	}
	add("Waits until", clock(o.ExpiresAt)+", "+left(o.ExpiresAt.Sub(p.c.Now())))
	add("Waits for", p.waitsFor(v, o))
	blocks := []view.Block{list}
	if o.Brief.Danger != "" {
		blocks = append([]view.Block{view.Notice{Warning: !o.Drill, Text: o.Brief.Danger}}, blocks...)
	}
	return blocks
}

// waitsFor says for whom an order waits.
func (p *Page) waitsFor(v *visit, o order.Order) string {
	what := approvalsOf(o)
	given := ": you have given yours"
	switch q, asked := o.AskedBack(); {
	case o.Drill:
		what, given = "whoever is there", ": you have answered"
	case asked:
		what = "its requester, whom " + view.Quoted(q.Name) + " asked " + view.Quoted(q.Text)
	case o.AskedOf != "":
		what += "; asked of " + view.Quoted(o.AskedOf)
	}
	for _, d := range o.DecidedBy {
		if d.Realm == identity.Web && d.Name == v.person.Name {
			return what + given
		}
	}
	return what
}

// approvalsOf says which approvals an order waits for.
func approvalsOf(o order.Order) string {
	switch {
	case o.Rule != "":
		return "rule " + o.Rule + ": " + o.SoFar
	case o.Needed > 1:
		return strconv.Itoa(o.Missing()) + " of " + view.Plural(o.Needed, "approval")
	}
	return view.Plural(o.Missing(), "approval")
}

// left says how long something still takes.
func left(d time.Duration) string {
	switch {
	case d <= 0:
		return "out of time"
	case d < time.Minute:
		return "less than a minute left"
	case d < 2*time.Hour:
		return view.Plural(int(d/time.Minute), "minute") + " left"
	case d < 48*time.Hour:
		return view.Plural(int(d/time.Hour), "hour") + " left"
	}
	return view.Plural(int(d/(24*time.Hour)), "day") + " left"
}

// clock is how a moment is written.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// historyPage is what the page of past orders shows.
type historyPage struct {
	Doc    template.HTML
	State  string
	States []order.State
	Most   int // how many there are at most; 0 = these are all
}

// history shows the latest orders, those in one state where it is named.
func (p *Page) history(w http.ResponseWriter, v *visit) error {
	state := order.State(v.URL.Query().Get("state"))
	if state != "" && !slices.Contains(order.States(), state) {
		return fault.New(fault.NotFound, "orders have no such state")
	}
	orders, err := p.c.Gate.Orders(v.Context(), v.call("web_page"), state, listed)
	if err != nil {
		return err
	}
	doc := order.OrdersDoc(orders)
	doc.Sandbox = p.c.Gate.Sandboxed()
	doc.Blocks = slices.DeleteFunc(slices.Clone(doc.Blocks), func(b view.Block) bool {
		_, way := b.(view.Text) // how to decide those that wait, which their pages say
		return way
	})
	body := historyPage{Doc: render.HTML(doc, render.HTMLOptions{Level: 2, Link: p.linked(orders)}), State: string(state), States: order.States()}
	if len(orders) == listed {
		body.Most = listed
	}
	p.draw(w, v, http.StatusOK, "history", frame{Title: "Orders", Body: body})
	return nil
}

// linked leads from the ids of orders to their pages.
func (p *Page) linked(list []order.Order) func(string) string {
	return func(cell string) string {
		if slices.ContainsFunc(list, func(o order.Order) bool { return o.ID == cell }) {
			return p.base + "/orders/" + cell
		}
		return ""
	}
}

// logged is how many entries of the trail stand on a page.
const logged = 50

// logPage is what the page of the trail shows.
type logPage struct {
	Events       []audit.Event // the latest first
	Entry        int64         // the latest of all
	Hash         string
	Older, Newer int64 // where to go on; 0 = nowhere
}

// fitting are the first of some entries that there is room for, one at least.
func fitting(events []audit.Event) []audit.Event {
	room := roomy
	for i, e := range events {
		if room -= len(template.HTMLEscapeString(e.Text)) + around; room < 0 && i > 0 {
			return events[:i]
		}
	}
	return events
}

// log shows the trail, to those who decide.
func (p *Page) log(w http.ResponseWriter, v *visit) error {
	if v.person.Role < identity.Approver {
		return fault.New(fault.Forbidden, "the trail is for those who decide orders").WithHint("the role %s is needed", identity.Approver)
	}
	ctx := v.Context()
	body := logPage{}
	var err error
	if body.Entry, body.Hash, err = p.c.Head(ctx); err != nil {
		return err
	}
	upTo := body.Entry
	if text := v.URL.Query().Get("to"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return fault.New(fault.NotFound, "there is no such entry")
		}
		upTo = min(upTo, n)
	}
	from := max(0, upTo-logged)
	events, _, err := p.c.News(ctx, from, int(upTo-from))
	if err != nil {
		return err
	}
	events = slices.DeleteFunc(events, func(e audit.Event) bool { return e.Entry > upTo })
	slices.Reverse(events)
	if body.Events = fitting(events); len(body.Events) < len(events) {
		from = body.Events[len(body.Events)-1].Entry - 1
	}
	body.Older = from
	if upTo < body.Entry {
		body.Newer = min(body.Entry, upTo+logged)
	}
	p.draw(w, v, http.StatusOK, "log", frame{Title: "Log", Body: body})
	return nil
}
