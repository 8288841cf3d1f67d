package sandbox_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"didops/internal/exchange/sandbox"
)

// stateVariable makes the test binary a buyer on that state file.
const stateVariable = "SANDBOX_TEST_STATE"

// TestBuyerProcess is not a test of its own: TestProcessesShareTheState runs
// it in processes that end without closing anything.
func TestBuyerProcess(t *testing.T) {
	t.Parallel()
	path := os.Getenv(stateVariable)
	if path == "" {
		t.Skip("runs only as a process of TestProcessesShareTheState")
	}
	ids := sellable(t)
	r := start(t, sandbox.Options{State: path})
	for _, id := range ids {
		r.buy(id)
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	_ = self.Kill()
	select {}
}

// sellable returns five ids of the default market.
func sellable(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, d := range start(t, sandbox.Options{}).offers()[:5] {
		ids = append(ids, text(t, d, "i_did"))
	}
	return ids
}

func TestProcessesShareTheState(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "state.db")
	ids := sellable(t)
	var processes sync.WaitGroup
	for range 3 {
		processes.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBuyerProcess$")
			cmd.Env = append(os.Environ(), stateVariable+"="+path)
			if out, err := cmd.CombinedOutput(); err == nil || len(out) > 0 {
				t.Errorf("got %v %s, want a process that was killed", err, out)
			}
		})
	}
	processes.Wait()
	r := start(t, sandbox.Options{State: path})
	ledger, err := r.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sold := map[string]int{}
	for _, e := range ledger {
		sold[e.ID]++
	}
	for _, id := range ids {
		if sold[id] != 1 {
			t.Errorf("number %s: sold %d times, want once", id, sold[id])
		}
	}
	if len(ledger) != len(ids) || len(r.list()) != len(ids) {
		t.Errorf("got %d entries and %d numbers, want %d", len(ledger), len(r.list()), len(ids))
	}
}

func TestPHPAndMultipart(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{Paths: sandbox.PHPPaths})
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, v := range sign("/dids_market.php", values("searchform", "1", "pager", "9", "off", "0")) {
		if err := w.WriteField(name, v[0]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://sandbox/dids_market.php", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got bytes.Buffer
	if _, err := got.ReadFrom(resp.Body); err != nil || strings.Count(got.String(), `"number"`) != 9 {
		t.Errorf("got %.200s %v, want nine numbers", got.String(), err)
	}
	id := ""
	for _, d := range r.dids("/dids_market.php") {
		if s, ok := d["i_did"].(string); ok {
			id = s
		}
	}
	form := []string{"billing_i_account", "1", "contact", sip, "smpp_contact", smpp}
	for _, step := range [][]string{
		append([]string{"/purchase_did.php", "add", "1", "i_did", id}, form...),
		append([]string{"/c_dids.php", "submit_edit", "1", "edit", id}, form...),
		{"/c_dids.php", "unsubscribe", id},
	} {
		if got := r.post(step[0], step[1:]...).decode(t); got.Status != "success" {
			t.Errorf("%v: got %+v, want success", step, got)
		}
	}
	if ledger, err := r.Ledger(t.Context()); err != nil || len(ledger) != 3 {
		t.Errorf("ledger: got %v %v, want three entries", ledger, err)
	}
}
