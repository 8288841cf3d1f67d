package metrics

import (
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/transaction"
)

// Config is what a [Metrics] is made of: what the program is, and the names
// that labels may have.
type Config struct {
	Version, Commit string
	Operations      []string // of the catalogue
	Settings        []string // under [limits]
	Requests        []string // to the exchange
	Statuses        []string // of their answers
	Now             func() time.Time
	Log             zerolog.Logger // of what can't be collected

	// Patience is how long the store is waited for, where that is more than two
	// seconds.
	Patience time.Duration
}

// Metrics counts. It is safe for concurrent use. A nil Metrics counts nothing,
// for the programs that serve no metrics.
type Metrics struct {
	registry *prometheus.Registry
	now      func() time.Time
	log      zerolog.Logger
	patience time.Duration

	operations, settings, requests, statuses set

	calls     *prometheus.CounterVec
	callTime  *prometheus.HistogramVec
	limits    *prometheus.CounterVec
	turned    *prometheus.CounterVec
	exchange  *prometheus.CounterVec
	askTime   *prometheus.HistogramVec
	failures  *prometheus.CounterVec
	storeTime *prometheus.HistogramVec
	storeBad  *prometheus.CounterVec
	ahead     *ahead // nil = nothing is read ahead
	looks     *looks // nil = nobody looks at the own numbers
}

// New returns metrics in a registry of their own, with those of the process
// and of the Go runtime.
func New(c Config) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(), now: c.Now, log: c.Log, patience: c.Patience,
		operations: setOf(c.Operations...), settings: setOf(c.Settings...),
		requests: setOf(c.Requests...), statuses: setOf(c.Statuses...),

		calls:     counters("calls_total", "Calls of operations that ended, by their outcome: ok or the code of the error.", "operation", "surface", "outcome"),
		callTime:  histograms("call_duration_seconds", "How long calls of operations took, the wait for a person included.", callBuckets(), "operation", "surface"),
		limits:    counters("limit_refusals_total", "Requests and approvals that a limit of the configuration refused.", "setting"),
		turned:    counters("http_refusals_total", "HTTP requests to /mcp, /calendar/ and the page that were turned away: 401 without a valid token, 404 without one at /calendar/, 403 and 409 a decision that did not count, 429 too many.", "status"),
		exchange:  counters("exchange_requests_total", "Requests to the exchange, every try, by the status of the answer; error: there was none.", "operation", "status"),
		askTime:   histograms("exchange_request_duration_seconds", "How long requests to the exchange took, until the answer was read.", exchangeBuckets(), "operation"),
		failures:  counters("exchange_errors_total", "Pages and writes that came to nothing after the last try; unauthorized: the exchange refused the key.", "operation", "code"),
		storeTime: histograms("store_duration_seconds", "How long transactions of the store took; head: the question whether something has changed.", storeBuckets(), "kind"),
		storeBad:  counters("store_errors_total", "Transactions that the store itself failed at.", "kind"),
	}
	info := gauge("build_info", "1, with what was built.", prometheus.Labels{"version": c.Version, "commit": c.Commit, "go": runtime.Version()})
	info.Set(1)
	m.registry.MustRegister(
		info, m.calls, m.callTime, m.limits, m.turned, m.exchange, m.askTime, m.failures, m.storeTime, m.storeBad,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.begin()
	return m
}

// begin shows what alerts and rates are made of as 0 before it happens: the
// first time would be missed otherwise.
func (m *Metrics) begin() {
	for operation := range m.requests {
		for code := range exchangeCodes() {
			m.failures.WithLabelValues(operation, code)
		}
	}
	for kind := range storeKinds() {
		m.storeBad.WithLabelValues(kind)
	}
	for setting := range m.settings {
		m.limits.WithLabelValues(setting)
	}
	for status := range refusals() {
		m.turned.WithLabelValues(status)
	}
}

// Handler answers scrapes, two at a time. There is no limit on the whole of one:
// everything that is asked for has its own, and what else is known is told late
// rather than never.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: complaints{m.log}, ErrorHandling: promhttp.ContinueOnError,
		MaxRequestsInFlight: 2,
	})
}

// complaints are about metrics that can't be collected.
type complaints struct{ log zerolog.Logger }

// Println implements [promhttp.Logger].
func (c complaints) Println(v ...any) {
	c.log.Error().Interface("about", v).Msg("metrics can't be collected")
}

// Call is the call of an operation, or a person's decision about an order,
// that ended.
type Call struct {
	Operation string
	Realm     string // of who called
	Decision  bool   // a question or its answer, which counts as no call
	Took      time.Duration
	Err       error
}

// Call counts a call that ended, and what a limit refused.
func (m *Metrics) Call(c Call) {
	if m == nil {
		return
	}
	if f, ok := fault.As(c.Err); ok && f.Code == fault.Forbidden {
		if setting, limited := strings.CutPrefix(f.Field, "limits."); limited {
			m.limits.WithLabelValues(m.settings.name(setting)).Inc()
		}
	}
	if c.Decision {
		return
	}
	outcome := "ok"
	if c.Err != nil {
		outcome = outcomes().name(string(fault.CodeOf(c.Err)))
	}
	operation, surface := m.operations.name(c.Operation), surfaces().name(c.Realm)
	m.calls.WithLabelValues(operation, surface, outcome).Inc()
	m.callTime.WithLabelValues(operation, surface).Observe(c.Took.Seconds())
}

// HTTPRefused counts a request that was turned away with a status.
func (m *Metrics) HTTPRefused(status int) {
	if m != nil {
		m.turned.WithLabelValues(refusals().name(strconv.Itoa(status))).Inc()
	}
}

// Exchange counts one request to the exchange.
func (m *Metrics) Exchange(operation, status string, took time.Duration) {
	if m == nil {
		return
	}
	operation = m.requests.name(operation)
	m.exchange.WithLabelValues(operation, m.statuses.name(status)).Inc()
	m.askTime.WithLabelValues(operation).Observe(took.Seconds())
}

// ExchangeFailed counts a page or a write that came to nothing.
func (m *Metrics) ExchangeFailed(operation string, code fault.Code) {
	if m != nil {
		m.failures.WithLabelValues(m.requests.name(operation), exchangeCodes().name(string(code))).Inc()
	}
}

// Store counts a transaction, as [didops/internal/store.Config.Observe] tells it.
func (m *Metrics) Store(kind string, took time.Duration, failed error) {
	if m == nil {
		return
	}
	kind = storeKinds().name(kind)
	m.storeTime.WithLabelValues(kind).Observe(took.Seconds())
	if failed != nil {
		m.storeBad.WithLabelValues(kind).Inc()
	}
}

// Ready shows whether everything that is served can do its work.
func (m *Metrics) Ready(ready func() error) {
	m.observe("ready", "1 when /readyz says so, else 0.", func() float64 { return flag(ready() == nil) })
}

// Clients shows how many dialogs are open over MCP.
func (m *Metrics) Clients(asking func() int) {
	m.observe("mcp_dialogs", "Approval dialogs that are open at MCP clients of the handshake era.", func() float64 { return float64(asking()) })
}

// observe registers a gauge that is asked for at every scrape.
func (m *Metrics) observe(name, help string, value func() float64) {
	if m != nil {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, value))
	}
}

func flag(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func storeKinds() set {
	return setOf(transaction.ReadKind, transaction.WriteKind, transaction.HeadKind)
}
