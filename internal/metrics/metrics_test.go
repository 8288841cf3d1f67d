package metrics_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/fault"
	"didops/internal/metrics"
)

func call(operation, realm string, err error) metrics.Call {
	return metrics.Call{Operation: operation, Realm: realm, Took: 2 * time.Second, Err: err}
}

func TestWhatIsCounted(t *testing.T) {
	t.Parallel()
	m := counting(noon)
	over := fault.New(fault.Forbidden, "too much").WithField("limits.max_order_total")
	m.Call(call("did_search", "http", nil))
	m.Call(call("did_search", "http", nil))
	m.Call(call("did_purchase", "discord", over))
	m.Call(call("did_purchase", "os", errors.New("no code")))
	m.Call(call("no_such", "http", fault.New(fault.NotFound, "none")))
	answer := call("did_purchase", "http", over)
	answer.Decision = true
	m.Call(answer)
	m.Exchange("market", "2xx", 300*time.Millisecond)
	m.ExchangeFailed("purchase", fault.Unauthorized)
	m.Store("write", time.Millisecond, nil)
	m.Store("write", time.Millisecond, errors.New("disk on fire"))
	m.HTTPRefused(http.StatusTooManyRequests)
	m.HTTPRefused(http.StatusTeapot)
	m.Ready(func() error { return errors.New("not yet") })
	m.Clients(func() int { return 1 })
	d := m.Discord()
	m.Standing(func() (bool, bool) { return true, false })
	d.Acked(time.Second, "ok")
	d.Acked(3*time.Second, "late")
	d.Throttled()
	scrape(t, m).want(t, "all", map[string]float64{
		`build_info{commit="abc",go="go`:                                              -1, // the Go version is not ours
		`calls_total{operation="did_search",outcome="ok",surface="http"}`:             2,
		`calls_total{operation="did_purchase",outcome="forbidden",surface="discord"}`: 1,
		`calls_total{operation="did_purchase",outcome="internal",surface="os"}`:       1,
		`calls_total{operation="other",outcome="not_found",surface="http"}`:           1,
		`call_duration_seconds_count{operation="did_search",surface="http"}`:          2,
		`call_duration_seconds_sum{operation="did_search",surface="http"}`:            4,
		`limit_refusals_total{setting="max_order_total"}`:                             2,
		`limit_refusals_total{setting="countries"}`:                                   0,
		`exchange_requests_total{operation="market",status="2xx"}`:                    1,
		`exchange_request_duration_seconds_sum{operation="market"}`:                   .3,
		`exchange_errors_total{code="unauthorized",operation="purchase"}`:             1,
		`exchange_errors_total{code="unauthorized",operation="market"}`:               0,
		`store_duration_seconds_count{kind="write"}`:                                  2,
		`store_errors_total{kind="write"}`:                                            1,
		`store_errors_total{kind="read"}`:                                             0,
		`http_refusals_total{status="429"}`:                                           1,
		`http_refusals_total{status="other"}`:                                         1,
		`ready`:                                                                       0, `mcp_dialogs`: 1,
		`discord_up`: 1, `discord_holder`: 0, `discord_throttled_total`: 1,
		`discord_acks_total{outcome="ok"}`: 1, `discord_acks_total{outcome="late"}`: 1, `discord_acks_total{outcome="failed"}`: 0,
		`discord_ack_seconds_sum`: 4, `discord_ack_seconds_bucket{le="2.5"}`: 1,
	})
}

func TestDiscordIsMissingWhereThereIsNoBot(t *testing.T) {
	t.Parallel()
	for series := range scrape(t, counting(noon)) {
		if strings.Contains(series, "discord_") {
			t.Errorf("got %s, want no series that an alert could be about", series)
		}
	}
}

func TestNothingIsCountedWithoutMetrics(t *testing.T) {
	t.Parallel()
	var m *metrics.Metrics
	m.Call(call("did_search", "http", nil))
	m.Exchange("market", "2xx", 1)
	m.ExchangeFailed("market", fault.Refused)
	m.Store("read", 1, nil)
	m.HTTPRefused(401)
	m.Follow(nil)
	m.Ready(nil)
	m.Clients(nil)
	m.Standing(nil)
	d := m.Discord()
	d.Acked(1, "ok")
	d.Throttled()
	if d != nil {
		t.Errorf("got %v, want nothing", d)
	}
}

// TestSeriesAreBounded lets callers make up every name there is: none of them
// may become a label, and the number of series has a bound.
func TestSeriesAreBounded(t *testing.T) {
	t.Parallel()
	m := counting(noon)
	d := m.Discord()
	text := rapid.OneOf(rapid.StringMatching(`\+?[0-9]{3,15}`), rapid.String(), rapid.StringMatching(`made_up_[a-z]{1,9}`))
	codes := append([]fault.Code{"made_up_code"}, fault.Codes()...)
	rapid.Check(t, func(t *rapid.T) {
		name, surface := text.Draw(t, "name"), text.Draw(t, "surface")
		code := rapid.SampledFrom(codes).Draw(t, "code")
		operation := rapid.SampledFrom([]string{name, "did_search", "did_purchase"}).Draw(t, "operation")
		m.Call(call(operation, rapid.SampledFrom([]string{surface, "os", "discord", "http"}).Draw(t, "from"), fault.New(code, "no").WithField("limits."+name)))
		m.Exchange(name, surface, time.Second)
		m.ExchangeFailed(name, code)
		m.Store(name, time.Second, errors.New(surface))
		m.HTTPRefused(rapid.Int().Draw(t, "status"))
		d.Acked(time.Second, name)
	})
	label := regexp.MustCompile(`([a-z]+)="([^"]*)"`)
	strange := regexp.MustCompile(`^\+?[0-9]{4,}$|made_up|[^a-z0-9_.]`)
	n := 0
	for series := range scrape(t, m) {
		if !strings.HasPrefix(series, "didops_") {
			continue
		}
		n++
		for _, l := range label.FindAllStringSubmatch(series, -1) {
			if l[1] != "le" && !strings.HasPrefix(series, "didops_build_info") && strange.MatchString(l[2]) {
				t.Errorf("got %s, want label values of closed sets only", series)
			}
		}
	}
	// 3 operations by 4 surfaces by 15 outcomes, their 12 histograms of 16, and
	// some hundred others.
	if n > 600 {
		t.Errorf("got %d series, want at most 600", n)
	}
}
