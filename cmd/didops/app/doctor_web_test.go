package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"didops/internal/testing/capture"
	"didops/internal/testing/fakeissuer"
)

// said runs doctor and returns what it says of one of its checks, by status.
func said(t *testing.T, m *machine, name string) map[string]string {
	t.Helper()
	m.run(t, "doctor", "--json")
	var report struct {
		Checks []check `json:"checks"`
	}
	if err := json.Unmarshal(m.out.Bytes(), &report); err != nil {
		t.Fatalf("%v\n%s%s", err, m.out.String(), m.err.String())
	}
	all := map[string]string{}
	for _, c := range report.Checks {
		if c.Name == name {
			all[c.Status] += c.Message + " (" + c.Remedy + ")\n"
		}
	}
	return all
}

func wantSaid(t *testing.T, got, want string) {
	t.Helper()
	if want == "" && got != "" || !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}

// configured gives the machine another configuration.
func (m *machine) configured(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(m.env["DIDOPS_CONFIG"], []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const (
	carol       = "\n[[people]]\nname = \"Carol\"\nroles = [\"approver\"]\n"
	signedRule  = "\n[[approval.rules]]\nname = \"signed\"\noperations = [\"did_purchase\"]\nstrength = \"passkey\"\n"
	twoSigned   = "\n[[approval.rules]]\nname = \"signed\"\noperations = [\"did_purchase\"]\nstrength = \"passkey\"\napprovals = 2\n"
	daveIsNamed = "\n[[people]]\nname = \"Dave\"\n[[approval.rules]]\nname = \"Dave's\"\noperations = [\"did_update\"]\nescalate_after = \"5m\"\nescalate_to = [\"Dave\"]\n"
)

// TestDoctorLooksAtThePage holds what the doctor says of who can sign in and sign,
// and that it makes nothing to find out.
func TestDoctorLooksAtThePage(t *testing.T) {
	t.Parallel()
	m := withPage(t)
	wantSaid(t, said(t, m, "page")[statusWarn], "these people may decide orders on the page and can't sign in there yet: Alice (make each a link: didops passkeys enrol Alice)")
	m.configured(t, webConfig+carol+twoSigned)
	wantSaid(t, said(t, m, "passkeys")[statusWarn], "what rule “signed” is about is not taken: it needs passkeys, and too few of those who count have one (Alice, Carol)")
	if made, _ := filepath.Glob(filepath.Join(m.env["HOME"], ".local", "state", "didops", "*")); len(made) > 0 {
		t.Errorf("the doctor made %s", made)
	}
	if code := m.run(t, "did", "purchase", "+971520545433", "--json"); code == 0 || code == 8 || !strings.Contains(m.out.String()+m.err.String(), "didops passkeys enrol Alice") {
		t.Errorf("got exit %d, %s%s, want that the requester is told whom to enrol", code, m.out.String(), m.err.String())
	}

	m.enrolled(t, "Alice")
	wantSaid(t, said(t, m, "passkeys")[statusWarn], "too few of those who count have one (Carol)")
	m.configured(t, webConfig+carol+signedRule)
	wantSaid(t, said(t, m, "passkeys")[statusWarn], "rules want passkeys, and these people have none: Carol")
	wantSaid(t, said(t, m, "page")[statusWarn], "can't sign in there yet: Carol")
	m.configured(t, webConfig+carol)
	wantSaid(t, said(t, m, "passkeys")[statusWarn], "")
	m.enrolled(t, "Carol")
	m.configured(t, webConfig+carol+twoSigned)
	wantSaid(t, said(t, m, "passkeys")[statusWarn], "")
	wantSaid(t, said(t, m, "page")[statusWarn], "")
	wantSaid(t, said(t, m, "page")[statusOK], "people with a passkey: Alice, Carol")

	m.configured(t, webConfig+daveIsNamed)
	wantSaid(t, said(t, m, "rules")[statusWarn], "rule “Dave's” names people who can't decide what it is about anywhere: Dave")
	m.configured(t, strings.ReplaceAll(webConfig, `"approver"`, `"reader"`))
	wantSaid(t, said(t, m, "page")[statusWarn], "nobody has the role to decide orders on the page")
}

// enrolled has a person enrol a passkey.
func (m *machine) enrolled(t *testing.T, name string) {
	t.Helper()
	var screen capture.Output
	m.terminal, m.tty = &typist{line: "n", screen: &screen}, true
	if code := m.run(t, "passkeys", "enrol", name, "--json"); code != 0 {
		t.Fatalf("got exit %d: %s", code, m.err.String())
	}
	var made invitationReport
	if err := json.Unmarshal(m.out.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	m.enrols(t, made.Link)
}

// TestDoctorAsksTheIssuerOfThePage holds that an issuer which can't be asked is
// told of, and that who signs in by it needs no passkey to.
func TestDoctorAsksTheIssuerOfThePage(t *testing.T) {
	t.Parallel()
	issuer := fakeissuer.New(t)
	issuer.OpenID = true
	with := func(address string) string {
		return strings.NewReplacer(
			"url = \"http://localhost:8931\"\n", "url = \"http://localhost:8931\"\noidc_issuer = \""+address+"\"\noidc_client_id = \"didops\"\n",
			"os = \"alice\"\n", "os = \"alice\"\noidc = \""+address+" 1001\"\n",
		).Replace(webConfig)
	}
	m := withPage(t)
	m.configured(t, with(issuer.URL))
	if got := said(t, m, "page"); got[statusOK] == "" {
		t.Errorf("got %v, want that all is well", got)
	}
	m.configured(t, with("http://127.0.0.1:1/"))
	wantSaid(t, said(t, m, "page")[statusFail], "http://127.0.0.1:1/ can't be asked, by which people sign in on the page")
}
