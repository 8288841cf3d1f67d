package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"didops/internal/fault"
)

const (
	namespace = "didops"

	// other is what a value counts as that is not in its set.
	other = "other"
)

// set is a closed set of label values.
type set map[string]struct{}

func setOf(names ...string) set {
	s := set{}
	for _, n := range names {
		s[n] = struct{}{}
	}
	return s
}

// name returns a value that is in the set, or other.
func (s set) name(value string) string {
	if _, ok := s[value]; ok {
		return value
	}
	return other
}

// surfaces are where callers are.
func surfaces() set { return setOf("os", "discord", "http") }

// vias are where decisions are made, as the trail calls them.
func vias() set { return setOf("terminal", "dialog", "discord") }

func outcomes() set {
	s := set{}
	for _, code := range fault.Codes() {
		s[string(code)] = struct{}{}
	}
	return s
}

// exchangeCodes are the errors that exchanges cause.
func exchangeCodes() set {
	s := set{}
	for _, code := range []fault.Code{fault.Unauthorized, fault.RateLimited, fault.Refused, fault.Unavailable, fault.UnknownOutcome} {
		s[string(code)] = struct{}{}
	}
	return s
}

// refusals are the statuses that requests are turned away with.
func refusals() set {
	return setOf("400", "401", "403", "404", "405", "408", "413", "429", "500", "503")
}

// acks are what comes of first responses to Discord.
func acks() set { return setOf("ok", "late", "failed") }

func callBuckets() []float64 {
	return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
}

func exchangeBuckets() []float64 { return []float64{.025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15, 30} }

func storeBuckets() []float64 {
	return []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 10}
}

func ackBuckets() []float64 { return []float64{.025, .05, .1, .25, .5, 1, 1.5, 2, 2.5, 3} }

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
}

func gauge(name, help string, labels prometheus.Labels) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels})
}
