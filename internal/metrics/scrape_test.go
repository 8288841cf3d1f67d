package metrics_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/internal/metrics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the time of the tests that stand still.
func noon() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

func counting(now func() time.Time) *metrics.Metrics {
	return metrics.New(metrics.Config{
		Version: "v1.2.3", Commit: "abc", Operations: []string{"did_search", "did_purchase"}, Settings: []string{"max_order_total", "countries"},
		Requests: []string{"market", "purchase"}, Statuses: []string{"2xx", "error"}, Now: now, Log: zerolog.Nop(),
	})
}

// scraped is what a scrape shows: values by series.
type scraped map[string]float64

var sample = regexp.MustCompile(`^([a-z0-9_]+(?:\{.*\})?) (\S+)$`)

// scrape asks for the metrics.
func scrape(tb testing.TB, m *metrics.Metrics) scraped {
	tb.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		tb.Fatalf("got %d %s, want the metrics", w.Code, w.Body)
	}
	s := scraped{}
	for lines := bufio.NewScanner(w.Body); lines.Scan(); {
		if lines.Text()[0] == '#' {
			continue
		}
		found := sample.FindStringSubmatch(lines.Text())
		if found == nil {
			tb.Fatalf("got the line %q, want a sample", lines.Text())
		}
		v, err := strconv.ParseFloat(found[2], 64)
		if err != nil {
			tb.Fatal(err)
		}
		s[found[1]] = v
	}
	return s
}

// want compares some series; a negative value means that it is missing.
func (s scraped) want(tb testing.TB, when string, want map[string]float64) {
	tb.Helper()
	for series, v := range want {
		got, shown := s["didops_"+series]
		if v < 0 && shown || v >= 0 && (!shown || got != v) {
			tb.Errorf("%s: got %s %s, want %v", when, series, fmt.Sprint(got, " shown ", shown), v)
		}
	}
}
