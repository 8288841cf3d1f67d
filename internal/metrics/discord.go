package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Discord counts what passes between the program and Discord. It is safe for
// concurrent use; a nil Discord counts nothing.
type Discord struct {
	acks      *prometheus.CounterVec
	ackTime   prometheus.Histogram
	throttled prometheus.Counter
}

// Discord begins to count that. Without it there are no metrics of Discord,
// so that nobody is alarmed who has no bot. Of nil metrics it returns nil.
func (m *Metrics) Discord() *Discord {
	if m == nil {
		return nil
	}
	d := &Discord{
		acks: counters("discord_acks_total", "First responses to interactions: ok, late where Discord did not wait any more, failed otherwise.", "outcome"),
		ackTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "discord_ack_seconds", Buckets: ackBuckets(),
			Help: "From the arrival of an interaction to its first response, for which Discord waits 3 seconds.",
		}),
		throttled: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "discord_throttled_total", Help: "Answers of Discord that asked the bot to wait (HTTP 429).",
		}),
	}
	for outcome := range acks() {
		d.acks.WithLabelValues(outcome)
	}
	m.registry.MustRegister(d.acks, d.ackTime, d.throttled)
	return d
}

// Standing shows whether interactions reach this process, and whether it holds
// the gateway.
func (m *Metrics) Standing(standing func() (up, holder bool)) {
	m.observe("discord_up", "1 when interactions of Discord reach this process; 0 at one that stands by.", func() float64 {
		up, _ := standing()
		return flag(up)
	})
	m.observe("discord_holder", "1 at the process that has the lease of the bot: it holds the gateway and keeps the cards.", func() float64 {
		_, holder := standing()
		return flag(holder)
	})
}

// Channel shows whether messages can't be kept in one of the bot's channels.
func (m *Metrics) Channel(name string, closed func() bool) {
	if m == nil {
		return
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "discord_channel_closed", ConstLabels: prometheus.Labels{"channel": name},
		Help: "1 while messages can't be kept in a channel of the bot's, at the process that has its lease: it is gone, of another kind, or the bot lacks a permission.",
	}, func() float64 { return flag(closed()) }))
}

// Backlog shows what Discord was not shown yet: how many cards, for how long
// the first of them, and for how long an entry of the audit trail.
func (m *Metrics) Backlog(read func() (cards int, oldest, audit time.Duration)) {
	m.observe("discord_cards_behind", "Cards that do not show what their orders are, at the process that has the lease of the bot.", func() float64 {
		cards, _, _ := read()
		return float64(cards)
	})
	m.observe("discord_cards_behind_seconds", "For how long the first of them has not; 0: none is behind.", func() float64 {
		_, oldest, _ := read()
		return oldest.Seconds()
	})
	m.observe("discord_audit_behind_seconds", "Age of the first entry of the audit trail that its channel was not told of yet; 0: it was told of all.", func() float64 {
		_, _, audit := read()
		return audit.Seconds()
	})
}

// Acked counts a first response: how long after the interaction came, and
// whether it was ok, late or failed.
func (d *Discord) Acked(took time.Duration, outcome string) {
	if d != nil {
		d.acks.WithLabelValues(acks().name(outcome)).Inc()
		d.ackTime.Observe(took.Seconds())
	}
}

// Throttled counts an answer that asked the bot to wait.
func (d *Discord) Throttled() {
	if d != nil {
		d.throttled.Inc()
	}
}
