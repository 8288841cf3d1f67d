package metrics

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"didops/internal/audit"
	"didops/internal/order"
)

// trailMost is how many entries of the trail are read at once.
const trailMost = 500

// Ledger is where orders are kept. It is implemented by [order.Engine].
type Ledger interface {
	// Stats reads how the orders stand.
	Stats(ctx context.Context) (order.Stats, error)
	// Trail returns the entries after the one numbered, at most so many, and
	// the number of the last one that was read.
	Trail(ctx context.Context, after int64, most int) ([]audit.Entry, int64, error)
	// Waiting returns how many callers wait for a change.
	Waiting() int
	// SettlerIdle returns for how long the settler has not got on.
	SettlerIdle() time.Duration
}

// Follow shows how the orders of a ledger stand, and counts what happens to
// them from now on, whichever process does it.
func (m *Metrics) Follow(l Ledger) {
	if m == nil {
		return
	}
	c := newLedger(l, m)
	c.standing.get()
	m.registry.MustRegister(c)
	m.observe("order_waiters", "Callers that wait for a change of an order.", func() float64 { return float64(l.Waiting()) })
	m.observe("settler_idle_seconds", "For how long the settler of this process has not got on; more than a few minutes: it hangs, and settles nothing.",
		func() float64 { return l.SettlerIdle().Seconds() })
}

// ledger collects what is in the store. What it shows is the same in every
// process on one store: to be looked at with max, and not added up.
type ledger struct {
	from     Ledger
	now      func() time.Time
	standing *recent[order.Stats]

	readable, orders, oldest, expires, due, overdue, head *prometheus.Desc
	decisions, events                                     *prometheus.CounterVec
	differ                                                prometheus.Counter

	// Of the reading under way, of which there is one.
	begun bool  // seen is known
	seen  int64 // entry that was counted last
}

func newLedger(from Ledger, m *Metrics) *ledger {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
	}
	const shared = " The same in every process on one store."
	l := &ledger{
		from: from, now: m.now,
		readable:  describe("store_readable", "1 when the store could be read for these metrics, else 0, and those of the store are missing."),
		orders:    describe("orders", "Orders in the store by state."+shared, "state"),
		oldest:    describe("order_oldest_seconds", "Age of the oldest open order in a state; 0: there is none."+shared, "state"),
		expires:   describe("order_expires_seconds", "Time until the first pending order expires; missing: none is pending."+shared),
		due:       describe("orders_due", "Orders with something to be settled, taken over or ended by itself that is not done yet."+shared),
		overdue:   describe("orders_overdue_seconds", "For how long the first of those has been due."+shared),
		head:      describe("audit_head", "Number of the last entry of the audit trail."+shared),
		decisions: counters("decisions_total", "Decisions of people since the start of this process, wherever they were made."+shared, "decision", "surface"),
		events:    counters("order_events_total", "Entries of the audit trail since the start of this process, by what happened."+shared, "event"),
	}
	l.standing = newRecent(m, l.look)
	l.differ = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Name: "order_lines_differ_total",
		Help: "Lines that were carried out, but not as quoted, since the start of this process." + shared,
	})
	for via := range vias() {
		l.decisions.WithLabelValues("approved", via)
		l.decisions.WithLabelValues("rejected", via)
	}
	for event := range events() {
		l.events.WithLabelValues(event)
	}
	return l
}

// events are what the trail calls what happens, in one word.
func events() set {
	s := set{}
	for _, event := range audit.EventKinds() {
		s[word(event)] = struct{}{}
	}
	return s
}

func word(event string) string { return strings.ReplaceAll(event, " ", "_") }

// Describe implements [prometheus.Collector].
func (l *ledger) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{l.readable, l.orders, l.oldest, l.expires, l.due, l.overdue, l.head} {
		ch <- d
	}
	l.decisions.Describe(ch)
	l.events.Describe(ch)
	l.differ.Describe(ch)
}

// Collect implements [prometheus.Collector].
func (l *ledger) Collect(ch chan<- prometheus.Metric) {
	last, good := l.standing.get()
	show := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	show(l.readable, flag(good))
	l.decisions.Collect(ch)
	l.events.Collect(ch)
	l.differ.Collect(ch)
	if !good {
		return
	}
	now := l.now()
	for _, s := range order.States() {
		show(l.orders, float64(last.Orders[s]), string(s))
	}
	for _, s := range []order.State{order.Pending, order.Executing, order.Unknown} {
		show(l.oldest, since(now, last.Oldest[s]), string(s))
	}
	if at := last.Expires; !at.IsZero() {
		show(l.expires, max(0, at.Sub(now).Seconds()))
	}
	show(l.due, float64(last.Due))
	show(l.overdue, since(now, last.Since))
	show(l.head, float64(last.Head))
}

// since returns the seconds since a moment, 0 for none.
func since(now, at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return max(0, now.Sub(at).Seconds())
}

// look reads how the orders stand, and counts what has happened.
func (l *ledger) look(ctx context.Context) (order.Stats, error) {
	standing, err := l.from.Stats(ctx)
	if err == nil {
		err = l.follow(ctx, standing.Head)
	}
	return standing, err
}

// follow counts the entries that are new, up to the head. What was there before the first
// look is not: the counters are of this process's time.
func (l *ledger) follow(ctx context.Context, head int64) error {
	if !l.begun {
		l.begun, l.seen = true, head
	}
	for l.seen < head {
		list, last, err := l.from.Trail(ctx, l.seen, trailMost)
		if err != nil || last == l.seen {
			return err
		}
		for _, e := range list {
			l.count(e)
		}
		l.seen = last
	}
	return nil
}

func (l *ledger) count(e audit.Entry) {
	l.events.WithLabelValues(events().name(word(e.Event))).Inc()
	if len(e.Differs) > 0 {
		l.differ.Inc()
	}
	if (e.Event == "approved" || e.Event == "rejected") && e.Actor != nil {
		l.decisions.WithLabelValues(e.Event, vias().name(e.Actor.Via)).Inc()
	}
}
