package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"didops/internal/fault"
	"didops/internal/inventory"
)

// looks counts looks at the own numbers.
type looks struct {
	looks   *prometheus.CounterVec
	changes *prometheus.CounterVec
}

// Inventory shows how the memory of the own numbers stands, as read tells, which
// is asked at most every few seconds, and begins to count looks. What stands in
// the memory is the same in every process on one store.
func (m *Metrics) Inventory(read func(context.Context) (inventory.Standing, error)) {
	if m == nil {
		return
	}
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, nil, nil)
	}
	m.looks = &looks{
		looks:   counters("inventory_looks_total", "Looks of this process at the list of own numbers, by their outcome: ok, partial (nothing was kept) or the code of the error.", "outcome"),
		changes: counters("inventory_changes_total", "Changes of own numbers that looks of this process found.", "kind"),
	}
	for outcome := range lookOutcomes() {
		m.looks.looks.WithLabelValues(outcome)
	}
	for _, kind := range inventory.Kinds() {
		m.looks.changes.WithLabelValues(string(kind))
	}
	m.registry.MustRegister(m.looks.looks, m.looks.changes, &own{
		standing: newRecent(m, read), now: m.now,
		numbers: describe("inventory_numbers", "Own numbers at the last whole look. The same in every process on one store."),
		missed:  describe("inventory_missed", "Own numbers that it did not show, and that are not gone yet. The same in every process on one store."),
		age:     describe("inventory_age_seconds", "Age of that look; missing: there was none. The same in every process on one store."),
	})
}

// lookOutcomes are what comes of looks.
func lookOutcomes() set {
	s := exchangeCodes()
	s["ok"], s["partial"] = struct{}{}, struct{}{}
	return s
}

// Looked counts a look at the own numbers.
func (m *Metrics) Looked(l inventory.Look, err error) {
	if m == nil || m.looks == nil {
		return
	}
	outcome := "ok"
	switch {
	case err != nil:
		outcome = lookOutcomes().name(string(fault.CodeOf(err)))
	case !l.Complete:
		outcome = "partial"
	}
	m.looks.looks.WithLabelValues(outcome).Inc()
	for kind, n := range inventory.Counts(l.Changes) {
		m.looks.changes.WithLabelValues(string(kind)).Add(float64(n))
	}
}

// own collects how the memory of the own numbers stands.
type own struct {
	standing             *recent[inventory.Standing]
	now                  func() time.Time
	numbers, missed, age *prometheus.Desc
}

// Describe implements [prometheus.Collector].
func (o *own) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{o.numbers, o.missed, o.age} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (o *own) Collect(ch chan<- prometheus.Metric) {
	last, good := o.standing.get()
	if !good || last.First.IsZero() {
		return
	}
	show := func(d *prometheus.Desc, value float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	show(o.numbers, float64(last.Numbers))
	show(o.missed, float64(last.Missed))
	show(o.age, since(o.now(), last.At))
}
