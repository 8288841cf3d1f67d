package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"didops/internal/notify"
)

// Webhooks shows how the receivers of the configuration are told, as read tells,
// which is asked at most every few seconds. Without it there are no metrics of
// them.
func (m *Metrics) Webhooks(read func(context.Context) ([]notify.Standing, error)) {
	if m == nil {
		return
	}
	const shared = " The same in every process on one store."
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, append([]string{"webhook"}, labels...), nil)
	}
	m.registry.MustRegister(&webhooks{
		told: newRecent(m, func(ctx context.Context) (told, error) {
			standings, err := read(ctx)
			return told{standings, err == nil}, nil
		}), now: m.now,
		tries:   describe("webhook_tries_total", "Requests to a webhook by this process since its start: delivered, failed and tried again, or given_up.", "outcome"),
		waiting: describe("webhook_waiting", "Events that a webhook is still to be told."+shared),
		oldest:  describe("webhook_oldest_seconds", "For how long the first of them has waited; 0: none waits."+shared),
		failed:  describe("webhook_failed", "Events of the last 30 days that were given up."+shared),
		closed:  describe("webhook_closed", "1 when a webhook has said that it wants no more (HTTP 410), and is told nothing, else 0."+shared),
	})
}

// webhooks collects how receivers are told.
type webhooks struct {
	told                                   *recent[told]
	now                                    func() time.Time
	tries, waiting, oldest, failed, closed *prometheus.Desc
}

// told is how receivers stand: what this process has tried is known of them also
// where the store does not answer.
type told struct {
	standings []notify.Standing
	stored    bool // the store has answered
}

// Describe implements [prometheus.Collector].
func (w *webhooks) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{w.tries, w.waiting, w.oldest, w.failed, w.closed} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (w *webhooks) Collect(ch chan<- prometheus.Metric) {
	last, good := w.told.get()
	now := w.now()
	for _, s := range last.standings {
		for outcome, n := range map[string]int64{"delivered": s.Delivered, "failed": s.Retried, "given_up": s.GivenUp} {
			ch <- prometheus.MustNewConstMetric(w.tries, prometheus.CounterValue, float64(n), s.Name, outcome)
		}
		if !good || !last.stored {
			continue
		}
		waits := 0.0
		if s.Waiting > 0 {
			waits = since(now, s.Oldest)
		}
		for desc, value := range map[*prometheus.Desc]float64{
			w.waiting: float64(s.Waiting), w.oldest: waits, w.failed: float64(s.Failed), w.closed: flag(!s.Closed.IsZero()),
		} {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, s.Name)
		}
	}
}
