package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"didops/internal/config"
	"didops/internal/exchange/sandbox"
	"didops/internal/identity"
	"didops/internal/request"
	"didops/internal/testing/capture"
	"didops/tools"
)

// scriptedExchange is a process of its own that serves a sandbox of so many numbers,
// in pages of at most so many rows, each after a delay, until it is killed:
// what is measured shares neither heap nor scheduler with it.
func scriptedExchange() {
	numbers, _ := strconv.Atoi(os.Args[1])
	page, _ := strconv.Atoi(os.Args[2])
	delay, _ := time.ParseDuration(os.Args[3])
	s, err := sandbox.New(sandbox.Options{Seed: 1, Numbers: numbers, PageMost: page})
	if err != nil {
		panic(err)
	}
	if delay > 0 {
		s.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: delay, Times: sandbox.Forever})
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // lives as long as the process
	if err != nil {
		panic(err)
	}
	_, _ = fmt.Fprintf(os.Stdout, sandboxGreeting, socket.Addr(), sandboxLogin, sandboxKey)
	panic(http.Serve(socket, s)) // time-outs would only disturb
}

// greeting is what an exchange says when it serves.
var greeting = regexp.MustCompile(`SANDBOX exchange on http://([0-9.:]+)`)

// bazaar is an exchange in another process, and a configuration to read it.
type bazaar struct {
	url  string
	env  map[string]string
	page int
	pid  int
}

func startMarket(b *testing.B, numbers, page int, delay time.Duration) bazaar {
	b.Helper()
	path, err := exec.LookPath("exchange")
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), path, strconv.Itoa(numbers), strconv.Itoa(page), delay.String())
	said := capture.New()
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for !greeting.MatchString(said.String()) {
		<-said.More
	}
	m := bazaar{url: "http://" + greeting.FindStringSubmatch(said.String())[1], page: page, pid: cmd.Process.Pid}
	path = filepath.Join(b.TempDir(), "config.toml")
	text := fmt.Sprintf("[exchange]\nurl = %q\napi_login = %q\napi_key = %q\npage_size = 1000\nmax_rows = 2000000\nread_deadline = \"20m\"\ncache = \"0s\"\n[market]\nmirror = \"off\"\n",
		m.url, sandboxLogin, sandboxKey)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	m.env = map[string]string{"HOME": b.TempDir(), "DIDOPS_CONFIG": path}
	return m
}

// app is the program, but for the limit of requests per second.
func (m bazaar) app(out io.Writer) *app {
	a := newApp(Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, In: strings.NewReader(""), Out: out, Err: os.Stderr})
	configured := a.config
	a.config = func() (*config.Config, error) {
		c, err := configured()
		if err == nil {
			c.Exchange.RequestsPerSecond = 0
		}
		return c, err
	}
	return a
}

// search runs the whole program once, and checks that it has read all.
func (m bazaar) search(b *testing.B, numbers int) {
	b.Helper()
	var out strings.Builder
	code := m.app(&out).run(b.Context(), []string{"did", "search", "--json"})
	var result struct {
		Matched  int  `json:"matched"`
		Hidden   int  `json:"hidden_unpurchasable"`
		Complete bool `json:"complete"`
	}
	if err := json.Unmarshal([]byte(out.String()), &result); err != nil || code != 0 {
		b.Fatalf("got exit %d and %s (%v)", code, out.String(), err)
	}
	if got := result.Matched + result.Hidden; !result.Complete || got != numbers {
		b.Fatalf("got %d rows, complete %v, want %d", got, result.Complete, numbers)
	}
}

// download fetches the pages that a search fetches, so many at a time, and
// throws their bodies away.
func (m bazaar) download(b *testing.B, numbers, inFlight int) {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: inFlight, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(inFlight)
	for off := 0; off <= numbers; off += m.page { // the last page is empty
		group.Go(func() error { return m.fetch(ctx, client, off) })
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
}

func (m bazaar) fetch(ctx context.Context, client *http.Client, off int) error {
	ts := strconv.FormatInt(time.Now().Unix(), 10)
	form := url.Values{
		"webapi": {"1"}, "searchform": {"1"}, "did_type": {"any"}, "pager": {"1000"}, "off": {strconv.Itoa(off)},
		"ts": {ts}, "api_login": {sandboxLogin}, "signature": {sandbox.Signature("dids_market", sandboxKey, sandboxLogin, ts)},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url+"/number/market", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// BenchmarkSearch measures a search over 50,000 rows that are not remembered,
// from command line to JSON, against the plain download of the same pages, one or four at a time.
// The three take turns, and medians are compared. Without a delay the
// exchange answers from this machine, which is the hardest case; an exchange
// on the Internet takes some tens of milliseconds a page. What the program
// takes to begin and to end is in the search, and is told by one over the least
// market. On a machine that does other things as well, the processor
// time of both processes says more than what the clock does.
func BenchmarkSearch(b *testing.B) {
	const numbers = 50_000
	for _, c := range []struct {
		page  int
		delay time.Duration
	}{{250, 0}, {1000, 0}, {250, 20 * time.Millisecond}, {1000, 20 * time.Millisecond}} {
		b.Run(fmt.Sprintf("page=%d/delay=%s", c.page, c.delay), func(b *testing.B) {
			m, least := startMarket(b, numbers, c.page, c.delay), startMarket(b, sandbox.LeastNumbers, c.page, 0)
			m.search(b, numbers) // the exchange lays its market out
			all := []*effort{
				{name: "search", run: func() { m.search(b, numbers) }},
				{name: "begin", run: func() { least.search(b, sandbox.LeastNumbers) }},
				{name: "download-4", run: func() { m.download(b, numbers, 4) }},
				{name: "download-1", run: func() { m.download(b, numbers, 1) }},
			}
			for b.Loop() {
				for _, e := range all {
					e.measure(os.Getpid(), m.pid)
				}
			}
			b.ReportMetric(0, "ns/op") // the sum of all says nothing
			for _, e := range all {
				e.report(b)
			}
			b.ReportMetric(all[0].median()/all[2].median(), "x-download-4")
			b.ReportMetric(all[0].median()/all[3].median(), "x-download-1")
		})
	}
}

// effort is what something takes, run again and again.
type effort struct {
	name string
	run  func()
	took []time.Duration
	busy time.Duration // of the processors, for all runs together
}

func (e *effort) measure(pids ...int) {
	before, begin := busy(pids), time.Now()
	e.run()
	e.took = append(e.took, time.Since(begin))
	e.busy += busy(pids) - before
}

func (e *effort) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(e.median(), "ms/"+e.name)
	if e.busy > 0 {
		b.ReportMetric(float64(e.busy.Milliseconds())/float64(len(e.took)), "cpu-ms/"+e.name)
	}
}

// median returns milliseconds.
func (e *effort) median() float64 {
	slices.Sort(e.took)
	return float64(e.took[len(e.took)/2].Microseconds()) / 1000
}

// busy returns how much processor time processes have taken so far, in steps
// of 10 ms; 0 where the system does not say.
func busy(pids []int) time.Duration {
	ticks := 0
	for _, pid := range pids {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(text), ") ") // behind the name; see proc_pid_stat(5)
		if fields := strings.Fields(rest); len(fields) > 12 {
			user, _ := strconv.Atoi(fields[11])
			system, _ := strconv.Atoi(fields[12])
			ticks += user + system
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// BenchmarkMemory measures the most that is alive on the heap at any of fifty
// moments of a search, above what was alive before it.
func BenchmarkMemory(b *testing.B) {
	for _, numbers := range []int{50_000, 200_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", numbers), func(b *testing.B) {
			m := startMarket(b, numbers, 1000, 0)
			var peak uint64
			for b.Loop() {
				peak = max(peak, m.peak(b, numbers))
			}
			b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
		})
	}
}

func (m bazaar) peak(b *testing.B, numbers int) uint64 {
	b.Helper()
	a := m.app(io.Discard)
	defer a.close()
	gate, err := a.gate(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	before := alive()
	var peak uint64
	var next int
	_, err = gate.Call(b.Context(), tools.Call{
		Tool: "did_search", Frontend: identity.FrontShell, Principal: a.person(b.Context()),
		Progress: func(p request.Progress) {
			if p.Done >= next {
				next = p.Done + numbers/50
				peak = max(peak, alive())
			}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	if next < numbers {
		b.Fatalf("got samples up to row %d, want them up to %d", next, numbers)
	}
	return peak - min(peak, before)
}

// alive returns the bytes on the heap that are in use.
func alive() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
