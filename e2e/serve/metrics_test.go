package serve_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
)

// shows waits until the metrics have these lines, all at once. What is asked of
// the store at a scrape has an end, after which the program rightly says that it
// is not ready or that the store could not be read: where much runs beside it,
// that is so for a while.
func shows(t *testing.T, address string, lines ...string) {
	t.Helper()
	for deadline := time.Now().Add(harness.Patience); ; {
		status, body := harness.Fetch(t, "http://"+address+"/metrics")
		if status != http.StatusOK {
			t.Fatalf("got %d %s, want metrics", status, body)
		}
		lacking := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.Contains("\n"+body, "\ndidops_"+line+"\n") })
		if len(lacking) == 0 {
			return
		}
		if time.Now().After(deadline) {
			for _, line := range lacking {
				t.Errorf("the metrics lack %q; they have\n%s", line, strings.Join(similar(body, line), "\n"))
			}
			return
		}
	}
}

// similar returns the lines of the same metric.
func similar(body, line string) []string {
	name := "didops_" + regexp.MustCompile(`^[a-z_]+`).FindString(line)
	var list []string
	for l := range strings.Lines(body) {
		if strings.HasPrefix(l, name) {
			list = append(list, strings.TrimSpace(l))
		}
	}
	return list
}

// TestMetricsOfAnOrder buys over MCP what a person at a terminal approves, in
// another process than the one that is asked for its metrics.
func TestMetricsOfAnOrder(t *testing.T) {
	t.Parallel()
	g := harness.NewTarget(t, harness.ClientsConfig()+"\n[limits]\nmax_numbers_per_order = 1\n")
	s := g.Serve(t)
	shows(t, s.Address, `orders{state="pending"} 0`, `decisions_total{decision="approved",surface="terminal"} 0`, `ready 1`)
	c := harness.Connect(t, s.Address, "team-token", false, nil)
	lots := g.Lots(t, 2)
	order := c.Call("did_purchase", "{"+harness.NumbersArg(lots[0])+"}").Order()
	c.Call("did_purchase", "{"+harness.NumbersArg(lots...)+"}").Refused(t, "two at once", "forbidden", "at most 1")
	c.Call("made_up_"+lots[0].Digits(), `{}`)
	g.Forward(10 * time.Second)
	shows(t, s.Address, `orders{state="pending"} 1`, `orders{state="done"} 0`, `order_events_total{event="requested"} 1`, `audit_head 2`,
		`calls_total{operation="did_purchase",outcome="ok",surface="http"} 1`, `calls_total{operation="did_purchase",outcome="forbidden",surface="http"} 1`,
		`limit_refusals_total{setting="max_numbers_per_order"} 1`, `store_errors_total{kind="write"} 0`)
	if ran := g.AtTerminal(t, harness.Typing("y"), "order", "approve", order.ID); ran.Code != 0 {
		t.Fatalf("got exit %d: %s", ran.Code, ran.Err)
	}
	g.Forward(10 * time.Second)
	shows(t, s.Address, `orders{state="pending"} 0`, `orders{state="done"} 1`, `decisions_total{decision="approved",surface="terminal"} 1`,
		`order_events_total{event="sent"} 1`, `order_events_total{event="done"} 1`, `orders_due 0`, `store_readable 1`)
	if _, body := harness.Fetch(t, "http://"+s.Address+"/metrics"); strings.Contains(body, lots[0].Digits()) || strings.Contains(body, order.ID) || strings.Contains(body, "team") {
		t.Errorf("the metrics name a number, an order or a client:\n%s", body)
	}
}

// TestMetricsOfARefusedKey asks an exchange that refuses the key.
func TestMetricsOfARefusedKey(t *testing.T) {
	t.Parallel()
	// What is read ahead would be refused as well, and counted.
	g := harness.NewTargetBehind(t, harness.LoopbackConfig+"\n[market]\nmirror = \"off\"\n", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		_, _ = io.WriteString(w, `{"status":"fail","error":"Wrong signature"}`)
	})
	s := g.Serve(t)
	shows(t, s.Address, `exchange_errors_total{code="unauthorized",operation="market"} 0`)
	harness.Connect(t, s.Address, "", true, nil).Call("did_search", `{"country":"AE"}`).Refused(t, "a search", "unauthorized", "credentials")
	shows(t, s.Address, `exchange_errors_total{code="unauthorized",operation="market"} 1`,
		`exchange_requests_total{operation="market",status="2xx"} 1`, `calls_total{operation="did_search",outcome="unauthorized",surface="http"} 1`)
}

// TestMetricsOfDiscord tells the connected bot from the one that is not.
func TestMetricsOfDiscord(t *testing.T) {
	t.Parallel()
	o := newOps(t)
	s := o.Serve(t)
	o.Connected(t, 1)
	o.Slash(t, o.alice, "order list", nil).Message(t)
	// What the fake has seen, the bot may count a moment later.
	shows(t, s.Address, `discord_up 1`, `discord_holder 1`, `discord_acks_total{outcome="ok"} 1`, `discord_ack_seconds_count 1`,
		`calls_total{operation="order_list",outcome="ok",surface="discord"} 1`)
	o.CloseGateway(4004)
	for deadline := time.Now().Add(harness.Patience); o.status(t, "http://"+s.Address+"/readyz") == 200; {
		if time.Now().After(deadline) {
			t.Fatal("it is ready without a connection")
		}
	}
	shows(t, s.Address, `discord_up 0`, `ready 0`)
}

// TestWhereMetricsAre holds that beyond loopback they are only where those who
// run the program look.
func TestWhereMetricsAre(t *testing.T) {
	t.Parallel()
	public := strings.Replace(harness.ClientsConfig(), "127.0.0.1:0", "0.0.0.0:0", 1)
	public = strings.Replace(public, "[http]\n", "[http]\nallowed_hosts = [\"didops.example.net\"]\n", 1)
	admin := func(settings string) string {
		return strings.Replace(settings, "[http]\n", "[http]\nadmin_listen = \"127.0.0.1:0\"\n", 1)
	}
	for _, tt := range []struct {
		name, settings string
		public, admin  int // status of /metrics; 0 = there is no such address
	}{
		{"loopback", harness.ClientsConfig(), 200, 0},
		{"loopback, admin", admin(harness.ClientsConfig()), 404, 200},
		{"beyond", public, 404, 0},
		{"beyond, admin", admin(public), 404, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := harness.NewTarget(t, tt.settings).Serve(t)
			addresses := func() [][]string { return harness.Serves.FindAllStringSubmatch(s.Log.String(), -1) }
			want := []int{tt.public}
			if tt.admin > 0 {
				want = append(want, tt.admin)
			}
			for len(addresses()) < len(want) {
				<-s.Log.More
			}
			for n, status := range want {
				_, port, _ := strings.Cut(addresses()[n][1], "]:") // of [::]:8931
				if port == "" {
					_, port, _ = strings.Cut(addresses()[n][1], ":")
				}
				for _, path := range []string{"/metrics", "/metrics/"} {
					if got, body := harness.Fetch(t, fmt.Sprintf("http://127.0.0.1:%s%s", port, path)); path == "/metrics" && got != status || path != "/metrics" && got == 200 {
						t.Errorf("address %d: got %d for %s, want %d: %.80s", n, got, path, status, body)
					}
				}
			}
			if told := strings.Contains(s.Log.String(), "/metrics is not served"); told != (tt.public != 200 && tt.admin == 0) {
				t.Errorf("got the log %s, want a word where there are no metrics at all", s.Log.String())
			}
		})
	}
}
