package metrics

import (
	"context"
	"sync"
	"time"

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
		read: read, now: m.now,
		live:    describe("watches", "Watches that are not over. The same in every process on one store."),
		waiting: describe("watch_hits_waiting", "Numbers that watches found and that are still to be told in a channel. The same in every process on one store."),
		closed:  describe("watches_closed", "Watches whose channel takes no messages. The same in every process on one store."),
		told:    describe("watch_hits_told_total", "Numbers that watches found and that this process has told in a channel since its start."),
	})
}

// watches collects what is in the store of watches.
type watches struct {
	read                        func(context.Context) (watch.Standing, error)
	now                         func() time.Time
	live, waiting, closed, told *prometheus.Desc

	mu     sync.Mutex
	looked time.Time // zero = never
	good   bool      // the store answered
	last   watch.Standing
}

// Describe implements [prometheus.Collector].
func (w *watches) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{w.live, w.waiting, w.closed, w.told} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (w *watches) Collect(ch chan<- prometheus.Metric) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if age := now.Sub(w.looked); w.looked.IsZero() || age < 0 || age >= keepFor {
		ctx, cancel := context.WithTimeout(context.Background(), readWithin)
		defer cancel()
		standing, err := w.read(ctx)
		if w.looked, w.good = now, err == nil; w.good {
			w.last = standing
		}
	}
	ch <- prometheus.MustNewConstMetric(w.told, prometheus.CounterValue, float64(w.last.Told))
	if !w.good {
		return
	}
	for _, g := range []struct {
		desc  *prometheus.Desc
		value int
	}{{w.live, w.last.Watches}, {w.waiting, w.last.Waiting}, {w.closed, w.last.Closed}} {
		ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(g.value))
	}
}
