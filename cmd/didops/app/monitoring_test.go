package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/metrics"
	"didops/internal/notify"
	"didops/internal/order"
	"didops/internal/watch"
)

const (
	rulesFile     = root + "/docs/monitoring/didops.rules.yml"
	dashboardFile = root + "/docs/monitoring/grafana.json"
)

// pendingBook is a ledger with one pending order.
type pendingBook struct{}

func (pendingBook) Stats(context.Context) (order.Stats, error) {
	return order.Stats{Expires: time.Now().Add(time.Hour)}, nil
}

func (pendingBook) Trail(context.Context, int64, int) ([]audit.Entry, int64, error) {
	return nil, 0, nil
}
func (pendingBook) Waiting() int               { return 0 }
func (pendingBook) SettlerIdle() time.Duration { return 0 }

// everyMetric is what a scrape shows of a program in which everything has
// happened once.
func everyMetric(t *testing.T) string {
	t.Helper()
	c := &config.Config{}
	c.HTTP.Listen = "127.0.0.1:0"
	m, err := newApp(Host{Getenv: func(string) string { return "" }, Now: time.Now, Err: io.Discard}).metered(c)
	if err != nil {
		t.Fatal(err)
	}
	m.Call(metrics.Call{Operation: "did_search", Realm: "http"})
	m.Exchange("market", "2xx", time.Second)
	m.ExchangeFailed("market", fault.Unavailable)
	m.Store("read", time.Second, errors.New("failed"))
	m.HTTPRefused(http.StatusUnauthorized)
	acked(m.Discord())(time.Second, nil)
	m.Market(func(context.Context) (rows, fresh, due int, oldest time.Time, err error) {
		return 1, 1, 1, time.Now(), nil
	})
	m.Standing(func() (bool, bool) { return true, true })
	m.Channel("approvals", func() bool { return true })
	m.Backlog(func() (int, time.Duration, time.Duration) { return 1, time.Minute, time.Minute })
	m.Watches(func(context.Context) (watch.Standing, error) { return watch.Standing{Watches: 1}, nil })
	m.Inventory(func(context.Context) (inventory.Standing, error) {
		return inventory.Standing{First: time.Unix(1, 0), At: time.Unix(1, 0), Numbers: 1}, nil
	})
	m.Webhooks(func(context.Context) ([]notify.Standing, error) {
		return []notify.Standing{{Receiver: notify.Receiver{Name: "ops"}, Known: true}}, nil
	})
	m.Ready(func() error { return nil })
	m.Clients(func() int { return 0 })
	m.Follow(pendingBook{})
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// metricsTable is the table of our metrics in the documentation.
func metricsTable(t *testing.T) []byte {
	t.Helper()
	text := everyMetric(t)
	var table bytes.Buffer
	table.WriteString("| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n")
	for _, found := range regexp.MustCompile(`(?m)^# HELP (didops_\S+) (.*)\n# TYPE \S+ (\S+)$`).FindAllStringSubmatch(text, -1) {
		var labels []string
		for series := range strings.Lines(text) {
			if !regexp.MustCompile(`^` + found[1] + `(_bucket)?\{`).MatchString(series) {
				continue
			}
			for _, label := range regexp.MustCompile(`([a-z_]+)="`).FindAllStringSubmatch(series, -1) {
				if name := "`" + label[1] + "`"; label[1] != "le" && !slices.Contains(labels, name) {
					labels = append(labels, name)
				}
			}
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", found[1], found[3], strings.Join(labels, ", "), found[2])
	}
	return table.Bytes()
}

// queries returns the expressions of the dashboard, and the texts of all that
// refers to metrics.
func queries(t *testing.T) (expressions []string, all string) {
	t.Helper()
	dashboard, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			ID    int    `json:"id"`
			Type  string `json:"type"`
			Title string `json:"title"`
			Grid  struct {
				W int `json:"w"`
				X int `json:"x"`
			} `json:"gridPos"`
			Targets []struct {
				Expr       string `json:"expr"`
				Datasource struct {
					UID string `json:"uid"`
				} `json:"datasource"`
			} `json:"targets"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(dashboard, &board); err != nil {
		t.Fatalf("the dashboard can't be read: %v", err)
	}
	ids := map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.Title == "" || p.Grid.W < 1 || p.Grid.X+p.Grid.W > 24 || len(p.Targets) == 0 && p.Type != "row" {
			t.Errorf("got the panel %+v, want an id of its own, a title, a place and something to show", p)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			if target.Datasource.UID != "${datasource}" {
				t.Errorf("%s asks the data source %q, want the chosen one", p.Title, target.Datasource.UID)
			}
			expressions = append(expressions, target.Expr)
		}
	}
	if len(expressions) < 30 {
		t.Fatalf("got %d expressions of the dashboard, want all", len(expressions))
	}
	return expressions, string(rules) + strings.Join(expressions, "\n")
}

// TestMonitoringAsksForWhatThereIs holds that every metric and every label
// value that alerts and dashboard ask for is served.
func TestMonitoringAsksForWhatThereIs(t *testing.T) {
	t.Parallel()
	served := everyMetric(t)
	_, asked := queries(t)
	found := regexp.MustCompile(`\b((?:didops|go|process)_[a-z0-9_]+)(\{[^}]*\})?`).FindAllStringSubmatch(asked, -1)
	names := map[string]bool{}
	for _, f := range found {
		names[f[1]] = true
		if !regexp.MustCompile(`(?m)^` + f[1] + `[ {]`).MatchString(served) {
			t.Errorf("%s is asked for and not served", f[1])
		}
		for _, label := range regexp.MustCompile(`([a-z]+)(?:=|!=|=~)"([^"]*)"`).FindAllStringSubmatch(f[2], -1) {
			if label[1] == "job" {
				continue
			}
			for value := range strings.SplitSeq(label[2], "|") {
				if !regexp.MustCompile(`(?m)^` + f[1] + `\{[^}]*\b` + label[1] + `="` + regexp.QuoteMeta(value) + `"`).MatchString(served) {
					t.Errorf("%s with %s %q is asked for and not served", f[1], label[1], value)
				}
			}
		}
	}
	for _, f := range regexp.MustCompile(`(?m)^# TYPE (didops_\S+) (\S+)$`).FindAllStringSubmatch(served, -1) {
		name := f[1]
		if f[2] == "histogram" {
			name += "_bucket"
		}
		if !names[name] {
			t.Errorf("%s is served, and neither alerts nor dashboard ask for it", f[1])
		}
	}
}

// TestRulesByPromtool lets Prometheus's own tool judge the alerts, try them
// out, and read the expressions of the dashboard.
func TestRulesByPromtool(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed: the alerts are not tried out")
	}
	promtool := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	promtool("check", "rules", rulesFile)
	promtool("test", "rules", filepath.Join("testdata", "monitoring", "rules.test.yml"))
	expressions, _ := queries(t)
	recorded := strings.Builder{}
	recorded.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	for n, e := range expressions {
		e = strings.NewReplacer("$__rate_interval", "5m", "$job", "didops").Replace(e)
		fmt.Fprintf(&recorded, "      - record: dashboard:expression:n%d\n        expr: %s\n", n, yamlString(e))
	}
	path := filepath.Join(t.TempDir(), "dashboard.yml")
	if err := os.WriteFile(path, []byte(recorded.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool("check", "rules", path)
	served := exec.CommandContext(t.Context(), tool, "check", "metrics")
	served.Stdin = strings.NewReader(everyMetric(t))
	if out, err := served.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// yamlString returns a string as YAML, of which JSON is a part.
func yamlString(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}
