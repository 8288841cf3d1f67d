package metrics

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"didops/internal/fault"
	"didops/internal/market"
)

// ahead counts what is read ahead of the market.
type ahead struct {
	readings *prometheus.CounterVec
	changes  *prometheus.CounterVec
	rows     prometheus.Counter
	requests prometheus.Counter
}

// MarketStanding reads how the memory of a market stands: rows, those that are
// young enough to answer, parts that are not, and when the oldest was read.
type MarketStanding func(ctx context.Context) (rows, fresh, due int, oldest time.Time, err error)

// Market shows how the memory of a market stands, and begins to count what is
// read ahead. Without it there are no metrics of a memory.
func (m *Metrics) Market(standing MarketStanding) {
	if m == nil {
		return
	}
	m.ahead = &ahead{
		readings: counters("market_readings_total", "Parts of the market that this process read ahead, by their outcome: ok or the code of the error.", "outcome"),
		changes:  counters("market_changes_total", "Numbers that the parts read ahead brought anew, with other terms, or not any more.", "change"),
		rows: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "market_rows_read_total", Help: "Numbers that were read ahead.",
		}),
		requests: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "exchange_background_requests_total", Help: "Requests to the exchange that nobody waited for, every try.",
		}),
	}
	for outcome := range readingOutcomes() {
		m.ahead.readings.WithLabelValues(outcome)
	}
	for _, change := range []string{"new", "changed", "gone"} {
		m.ahead.changes.WithLabelValues(change)
	}
	m.registry.MustRegister(m.ahead.readings, m.ahead.changes, m.ahead.rows, m.ahead.requests, newMemory(standing, m))
}

// readingOutcomes are what comes of readings of the market.
func readingOutcomes() set {
	s := exchangeCodes()
	s["ok"] = struct{}{}
	return s
}

// ReadAhead counts a part of the market that was read ahead.
func (m *Metrics) ReadAhead(rows, fresh, changed, gone int, err error) {
	if m == nil || m.ahead == nil {
		return
	}
	outcome := "ok"
	if err != nil {
		outcome = readingOutcomes().name(string(fault.CodeOf(err)))
	}
	m.ahead.readings.WithLabelValues(outcome).Inc()
	m.ahead.rows.Add(float64(rows))
	m.ahead.changes.WithLabelValues("new").Add(float64(fresh))
	m.ahead.changes.WithLabelValues("changed").Add(float64(changed))
	m.ahead.changes.WithLabelValues("gone").Add(float64(gone))
}

// Background counts a request to the exchange that nobody waited for.
func (m *Metrics) Background() {
	if m != nil && m.ahead != nil {
		m.ahead.requests.Inc()
	}
}

// memory collects how the memory of a market stands. What it shows is the same
// in every process that shares it.
type memory struct {
	standing *recent[remembered]
	now      func() time.Time

	readable, rows, fresh, due, oldest *prometheus.Desc
}

// remembered is what a [MarketStanding] returns.
type remembered struct {
	rows, fresh, due int
	oldest           time.Time
}

func newMemory(standing MarketStanding, m *Metrics) *memory {
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, nil, nil)
	}
	return &memory{
		standing: newRecent(m, func(ctx context.Context) (r remembered, err error) {
			r.rows, r.fresh, r.due, r.oldest, err = standing(ctx)
			if errors.Is(err, market.ErrNothing) {
				return remembered{}, nil
			}
			return r, err
		}), now: m.now,
		readable: describe("market_readable", "1 when the memory of the market could be read for these metrics, else 0, and the others are missing."),
		rows:     describe("market_rows", "Numbers for sale that are remembered."),
		fresh:    describe("market_rows_fresh", "Those of them that were read lately enough to answer without asking the exchange."),
		due:      describe("market_parts_due", "Parts of the market that were not."),
		oldest:   describe("market_oldest_seconds", "Age of the oldest reading that is remembered; missing: there is none."),
	}
}

// Describe implements [prometheus.Collector].
func (c *memory) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.readable, c.rows, c.fresh, c.due, c.oldest} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *memory) Collect(ch chan<- prometheus.Metric) {
	last, good := c.standing.get()
	show := func(d *prometheus.Desc, value float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	show(c.readable, flag(good))
	if !good {
		return
	}
	show(c.rows, float64(last.rows))
	show(c.fresh, float64(last.fresh))
	show(c.due, float64(last.due))
	if !last.oldest.IsZero() {
		show(c.oldest, since(c.now(), last.oldest))
	}
}
