package inventory_test

import (
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/money"
)

// TestGone holds what proves that a number is gone, and what does not.
func TestGone(t *testing.T) {
	t.Parallel()
	gave := func(sure bool) inventory.Doing {
		return inventory.Doing{Number: two, Order: "o-2", Kind: "unsubscribe", Sure: sure}
	}
	again := inventory.Doing{Number: two, Order: "o-3", Kind: "purchase", Sure: true}
	for _, tt := range []struct {
		name  string
		steps []func(*office)
		want  []string // what the last look found
	}{
		{"missed once", []func(*office){missing(two, time.Hour)}, nil},
		{"missed twice", []func(*office){missing(two, time.Hour), wait(inventory.Proof)}, []string{two + " gone"}},
		{"too soon", []func(*office){missing(two, time.Hour), wait(inventory.Proof - time.Second)}, nil},
		{"too soon three times", []func(*office){missing(two, time.Hour), wait(20 * time.Second), wait(20 * time.Second), wait(19 * time.Second)}, nil},
		{"three times", []func(*office){missing(two, time.Hour), wait(20 * time.Second), wait(20 * time.Second), wait(20 * time.Second)}, []string{two + " gone"}},
		{"shown in between", []func(*office){missing(two, time.Hour), shown(two, time.Hour), missing(two, time.Hour)}, nil},
		{"partial lists", []func(*office){missing(two, time.Hour), partial(time.Hour)}, nil},
		{"a list that is empty and not whole", []func(*office){partial(time.Hour), partial(time.Hour)}, nil},
		{"given up", []func(*office){missing(two, time.Hour, gave(true))}, []string{two + " gone by o-2"}},
		{"given up, not known", []func(*office){missing(two, time.Hour, gave(false))}, nil},
		{"given up, and proved", []func(*office){missing(two, time.Hour, gave(false)), wait(inventory.Proof)}, []string{two + " gone by o-2"}},
		{"given up, and shown for long", []func(*office){shown(two, time.Minute, gave(true)), shown(two, time.Hour), missing(two, time.Hour)}, nil},
		{"given up, and a list that lags", []func(*office){
			shown(two, time.Minute, gave(true)), shown(two, time.Hour), missing(two, time.Hour), wait(time.Hour),
		}, []string{two + " gone by o-2"}},
		{"given up and bought again", []func(*office){missing(two, time.Hour, gave(true), again)}, nil},
		{"a clock that was put back", []func(*office){missing(two, time.Hour), wait(-24 * time.Hour), wait(time.Second)}, nil},
		{"and went on", []func(*office){missing(two, time.Hour), wait(-24 * time.Hour), wait(inventory.Proof)}, []string{two + " gone"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := at(t, file(t), number(one), number(two))
			o.look(t)
			var got inventory.Look
			for _, step := range tt.steps {
				step(o)
				var err error
				if got, err = o.Look(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			equal(t, "changes", words(got.Changes), tt.want)
		})
	}
}

// TestGoneWhereListsLag holds that absence proves nothing for as long as lists may
// lag, but for what an order gave up.
func TestGoneWhereListsLag(t *testing.T) {
	t.Parallel()
	const lag = 15 * time.Minute
	for _, tt := range []struct {
		name  string
		proof time.Duration
		steps []func(*office)
		want  []string
	}{
		{"after a minute", lag, []func(*office){missing(two, time.Hour), wait(time.Minute)}, nil},
		{"just before", lag, []func(*office){missing(two, time.Hour), wait(time.Minute), wait(lag - time.Minute - time.Second)}, nil},
		{"then", lag, []func(*office){missing(two, time.Hour), wait(time.Minute), wait(lag - time.Minute)}, []string{two + " gone"}},
		{"shown meanwhile", lag, []func(*office){missing(two, time.Hour), shown(two, time.Minute), missing(two, lag)}, nil},
		{"given up", lag, []func(*office){missing(two, time.Hour, inventory.Doing{Number: two, Order: "o-2", Kind: "unsubscribe", Sure: true})}, []string{two + " gone by o-2"}},
		{"lists that are said not to lag", time.Second, []func(*office){missing(two, time.Hour), wait(time.Second)}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := at(t, file(t), number(one), number(two))
			s := o.another(func(c *inventory.Config) { c.Proof = tt.proof })
			if _, err := s.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			var got inventory.Look
			for _, step := range tt.steps {
				step(o)
				var err error
				if got, err = s.Look(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			equal(t, "changes", words(got.Changes), tt.want)
		})
	}
}

func wait(d time.Duration) func(*office) {
	return func(o *office) {
		o.pass(d)
		o.list.change(func() { o.list.broken = "" })
	}
}

func missing(n string, after time.Duration, did ...inventory.Doing) func(*office) {
	return func(o *office) {
		o.pass(after)
		for _, d := range did {
			o.did(d)
		}
		o.list.change(func() { o.list.skip[n], o.list.broken = true, "" })
	}
}

func shown(n string, after time.Duration, did ...inventory.Doing) func(*office) {
	return func(o *office) {
		missing(n, after, did...)(o)
		o.list.change(func() { o.list.skip[n] = false })
	}
}

func partial(after time.Duration) func(*office) {
	return func(o *office) {
		o.pass(after)
		o.list.change(func() { o.list.skip[one], o.list.skip[two], o.list.broken = true, true, "it broke off" })
	}
}

// TestWhoDidIt holds what of the changes is the doing of orders.
func TestWhoDidIt(t *testing.T) {
	t.Parallel()
	buy := func(order string, sure bool) inventory.Doing {
		return inventory.Doing{Number: three, Order: order, Kind: "purchase", Sure: sure, Labels: inventory.Labels{Owner: "Ops", Tags: []string{"new"}}}
	}
	o := at(t, file(t), number(one), number(two))
	o.look(t)
	come := func() { o.list.rows[three] = number(three) }
	reroute := func(host string) func() {
		return func() { o.list.edit(one, func(r *exchange.Owned) { r.Contact = "sip:" + one + "@" + host }) }
	}
	update := func(order string) inventory.Doing {
		return inventory.Doing{Number: one, Order: order, Kind: "update", Sure: true}
	}
	for _, step := range []struct {
		name string
		did  []inventory.Doing
		do   func()
		want []string
	}{
		{"bought, and not shown yet", []inventory.Doing{buy("o-1", false)}, func() {}, nil},
		{"shown a day later", nil, come, []string{three + " new by o-1"}},
		{"given up elsewhere: missed", nil, func() { delete(o.list.rows, three) }, nil},
		{"given up elsewhere", nil, func() {}, []string{three + " gone"}},
		{"bought elsewhere", nil, come, []string{three + " new"}},
		{"another fee beside a re-routing", []inventory.Doing{update("o-4")}, func() {
			reroute("a.example.net")()
			o.list.edit(one, func(r *exchange.Owned) { r.MonthlyFee = money.MustParse("9") })
		}, []string{
			one + " fee monthly_fee:4.50>9.00",
			one + " routing calls_to:sip:" + one + "@sip.example.net:5060>sip:" + one + "@a.example.net by o-4",
		}},
		{"re-routed elsewhere", nil, reroute("b.example.net"), []string{one + " routing calls_to:sip:" + one + "@a.example.net>sip:" + one + "@b.example.net"}},
		{"an update that changed nothing", []inventory.Doing{update("o-5")}, func() {}, nil},
		{"re-routed elsewhere a day later", nil, reroute("c.example.net"), []string{one + " routing calls_to:sip:" + one + "@b.example.net>sip:" + one + "@c.example.net"}},
	} {
		o.pass(24 * time.Hour)
		for _, d := range step.did {
			o.did(d)
		}
		o.pass(10 * time.Second)
		o.list.change(step.do)
		equal(t, step.name, words(o.look(t)), step.want)
	}
	got := o.own(t, false)[2]
	equal(t, "labels of what came back", got.Labels, inventory.Labels{Owner: "Ops", Tags: []string{"new"}})
	equal(t, "who bought it", got.Order, "")
}

// TestLooksThatKeepNothing holds that lists which are not whole, and errors, change
// nothing, and what Own says then.
func TestLooksThatKeepNothing(t *testing.T) {
	t.Parallel()
	o := at(t, file(t), number(one))
	away := fault.New(fault.Unavailable, "the exchange is away")
	o.list.err = away
	if _, err := o.Look(t.Context()); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("got %v, want the error of the exchange", err)
	}
	if _, err := o.Own(t.Context(), time.Hour, false); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("got %v of nothing known, want the error of the exchange", err)
	}
	if got, err := o.Own(t.Context(), 0, false); err != nil || !got.First.IsZero() || len(got.Numbers) > 0 {
		t.Errorf("got %+v, %v of whatever is known, want nothing", got, err)
	}
	o.list.err, o.list.broken = nil, "it broke off"
	if _, err := o.Own(t.Context(), time.Hour, false); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("got %v of a list that is not whole, want it to be said", err)
	}
	o.list.broken = ""
	got, err := o.Own(t.Context(), time.Hour, false)
	if err != nil || len(got.Numbers) != 1 || got.Reason != "" || !got.At.Equal(morning()) {
		t.Errorf("got %+v, %v, want one number", got, err)
	}
	asked := o.list.asked
	o.pass(time.Hour)
	if _, err := o.Own(t.Context(), time.Hour, false); err != nil || o.list.asked != asked {
		t.Errorf("got %v and %d looks more, want what is young enough", err, o.list.asked-asked)
	}
	o.did(inventory.Doing{Number: one, Order: "o-1", Kind: "update", Sure: true})
	if _, err := o.Own(t.Context(), time.Hour, false); err != nil || o.list.asked != asked+1 {
		t.Errorf("got %v and %d looks more after an order, want one", err, o.list.asked-asked)
	}
	o.pass(2 * time.Hour)
	o.list.err = away
	if got, err = o.Own(t.Context(), time.Hour, false); err != nil || len(got.Numbers) != 1 || got.Reason != "the exchange is away" {
		t.Errorf("got %+v, %v, want what is known and why it is old", got, err)
	}
	if entries := o.trail(t); len(entries) > 0 {
		t.Errorf("got %+v, want no entry of the first look", entries)
	}
}

// TestSeveralIds holds that of a number under several ids the one that is known
// counts, in whatever order they come, and at first the lowest.
func TestSeveralIds(t *testing.T) {
	t.Parallel()
	row := func(id, fee string) exchange.Owned {
		return number(one, func(r *exchange.Owned) { r.ID, r.MonthlyFee = id, money.MustParse(fee) })
	}
	o := at(t, file(t))
	fee := func(rows ...exchange.Owned) string {
		o.pass(time.Hour)
		o.list.change(func() { o.list.more = rows })
		o.look(t)
		return o.own(t, false)[0].MonthlyFee.String()
	}
	for _, tt := range []struct {
		rows []exchange.Owned
		want string
	}{
		{[]exchange.Owned{row("", "1"), row("90", "2"), row("100", "3")}, "2.00"},
		{[]exchange.Owned{row("100", "3"), row("90", "2"), row("80", "4")}, "2.00"},
		{[]exchange.Owned{row("100", "3"), row("", "1")}, "3.00"},
		{[]exchange.Owned{row("90", "2"), row("100", "3")}, "3.00"},
		{[]exchange.Owned{row("", "1")}, "1.00"},
		{[]exchange.Owned{row("90", "2"), row("", "1")}, "2.00"},
	} {
		if got := fee(tt.rows...); got != tt.want {
			t.Errorf("got %s of %d rows, want %s", got, len(tt.rows), tt.want)
		}
	}
}

// TestWaiting follows since when a number waits for its documents.
func TestWaiting(t *testing.T) {
	t.Parallel()
	pending := func(r *exchange.Owned) { r.NeedsDocuments, r.DocumentsVerified = true, false }
	o := at(t, file(t), number(one, pending))
	o.look(t)
	at := func() time.Time { return o.own(t, false)[0].Waiting }
	if !at().Equal(morning()) {
		t.Errorf("got %s, want the first look", at())
	}
	o.pass(time.Hour)
	o.list.edit(one, func(r *exchange.Owned) { r.Notes = "soon" })
	o.look(t)
	if !at().Equal(morning()) {
		t.Errorf("got %s, want the first look still", at())
	}
	o.list.edit(one, func(r *exchange.Owned) { r.DocumentsVerified = true })
	o.pass(time.Hour)
	o.look(t)
	if !at().IsZero() {
		t.Errorf("got %s, want it to wait no more", at())
	}
	o.list.edit(one, pending)
	o.pass(time.Hour)
	o.look(t)
	if !at().Equal(morning().Add(3 * time.Hour)) {
		t.Errorf("got %s, want the third hour", at())
	}
}
