package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"didops/internal/watch"
)

// Watches shows how the watches stand, as read tells, which is asked at most
// every few seconds. What is shown is the same in every process on one store, but
// for the count of what was told.
func (m *Metrics) Watches(read func(context.Context) (watch.Standing, error)) {
	if m == nil {
		return
	}
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, nil, nil)
	}
	m.registry.MustRegister(&watches{
		standing: newRecent(m, read),
		live:     describe("watches", "Watches that are not over. The same in every process on one store."),
		waiting:  describe("watch_hits_waiting", "Numbers that watches found and that are still to be told in a channel. The same in every process on one store."),
		closed:   describe("watches_closed", "Watches whose channel takes no messages. The same in every process on one store."),
		told:     describe("watch_hits_told_total", "Numbers that watches found and that this process has told in a channel since its start."),
	})
}

// watches collects what is in the store of watches.
type watches struct {
	standing                    *recent[watch.Standing]
	live, waiting, closed, told *prometheus.Desc
}

// Describe implements [prometheus.Collector].
func (w *watches) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{w.live, w.waiting, w.closed, w.told} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (w *watches) Collect(ch chan<- prometheus.Metric) {
	last, good := w.standing.get()
	ch <- prometheus.MustNewConstMetric(w.told, prometheus.CounterValue, float64(last.Told))
	if !good {
		return
	}
	for _, g := range []struct {
		desc  *prometheus.Desc
		value int
	}{{w.live, last.Watches}, {w.waiting, last.Waiting}, {w.closed, last.Closed}} {
		ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(g.value))
	}
}
