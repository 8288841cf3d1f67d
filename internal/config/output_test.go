package config_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/rs/zerolog"

	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/testing/golden"
)

// TestExample compares with the layout that the contract gives.
func TestExample(t *testing.T) {
	t.Parallel()
	golden.Check(t, "config.example.toml", config.Example())
	c, err := load(t, string(config.Example()))
	if err != nil || !c.Sandbox() || len(c.Warnings) > 0 {
		t.Errorf("load the example: got %+v, %v, want the sandbox without warnings", c, err)
	}
}

// TestExampleIsTheDefaults: loading the example gives what no file gives.
func TestExampleIsTheDefaults(t *testing.T) {
	t.Parallel()
	example, err := load(t, string(config.Example()))
	if err != nil {
		t.Fatal(err)
	}
	defaults := mustLoad(t, machine{}, "")
	for i, want := range defaults.Settings() {
		got := example.Settings()[i]
		if got.Key != want.Key || fmt.Sprint(got.Value) != fmt.Sprint(want.Value) {
			t.Errorf("setting %d: got %s = %v, want %s = %v", i, got.Key, got.Value, want.Key, want.Value)
		}
	}
}

// TestExampleUncommented: the sections that are commented out are good too.
func TestExampleUncommented(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for l := range strings.Lines(string(config.Example())) {
		b.WriteString(strings.TrimPrefix(l, "# "))
	}
	text := b.String()
	for _, digits := range []string{"a0", "b1"} { // of a client, and of a calendar
		text = strings.Replace(text, "…\"", strings.Repeat(digits, 32)+"\"", 1)
	}
	text = strings.Replace(text, "whsec_…", "whsec_"+base64.StdEncoding.EncodeToString(make([]byte, 24)), 1)
	text = strings.Replace(text, "[http.oauth]", "\n[http.oauth]", 1)
	if _, err := load(t, text); err != nil {
		t.Errorf("got %v, want none", err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	golden.Check(t, "table.md", []byte(config.Table()))
	for row := range strings.Lines(config.Table()) {
		if n := strings.Count(strings.ReplaceAll(row, `\|`, ""), "|"); n != 4 {
			t.Errorf("got %d columns in %q, want 3", n-1, row)
		}
		if strings.HasSuffix(row, "|  |\n") {
			t.Errorf("got no meaning in %q", row)
		}
	}
}

func printed(t *testing.T, c *config.Config) (text, asJSON string) {
	t.Helper()
	var b bytes.Buffer
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	j, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), string(j) + "\n"
}

func TestPrint(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, machine{
		files: map[string]string{"config.toml": strings.Replace(full, "api_key = \""+secretKey+"\"", `api_key_file = "/run/key"`, 1), "/run/key": secretKey},
		env:   map[string]string{"DIDOPS_DISCORD_TOKEN": secretDiscord, "DIDOPS_API_LOGIN": "other"},
	}, "config.toml")
	text, asJSON := printed(t, c)
	golden.Check(t, "print.txt", []byte(text))
	golden.Check(t, "print.json", []byte(asJSON))
	text, _ = printed(t, mustLoad(t, machine{}, ""))
	golden.Check(t, "print_defaults.txt", []byte(text))
}

func TestPrintReportsTheWriter(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken pipe")
	if err := mustLoad(t, machine{}, "").Print(failing{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestSecretsStayIn sends a configuration full of secrets through every way
// out that there is.
func TestSecretsStayIn(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, machine{files: map[string]string{"config.toml": full}}, "config.toml")
	text, asJSON := printed(t, c)
	ways := map[string]string{"Print": text, "JSON": asJSON}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t", "%p", "%08.3f"} {
		ways[verb] = fmt.Sprintf(verb, *c)
		ways[verb+" pointer"] = fmt.Sprintf(verb, &c.Exchange)
		ways[verb+" secret"] = fmt.Sprintf(verb, c.Exchange.Key)
	}
	var b bytes.Buffer
	log := zerolog.New(&b)
	log.Info().Interface("config", c).Interface("exchange", c.Exchange).Any("key", c.Exchange.Key).Stringer("s", c.Store.URL).Msg("x")
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "exchange", c.Exchange, "key", c.Exchange.Key)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "discord", c.Discord, "key", c.Discord.Token)
	ways["logs"] = b.String()
	inTOML, err := toml.Marshal(struct{ D config.Discord }{c.Discord})
	if err != nil {
		t.Fatal(err)
	}
	ways["TOML"] = string(inTOML)
	if !strings.Contains(ways["TOML"], "***") || !strings.Contains(ways["logs"], "***") {
		t.Errorf("got no mask in TOML %q or logs %q", ways["TOML"], ways["logs"])
	}
	for way, out := range ways {
		if strings.Contains(out, marked) || strings.Contains(out, fmt.Sprintf("%x", marked)) {
			t.Errorf("%s shows a secret: %s", way, out)
		}
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	set, unset := config.NewSecret("x"), config.Secret{}
	if got := set.Reveal() + set.String() + set.GoString(); got != "x******" || !set.IsSet() {
		t.Errorf("set: got %q", got)
	}
	if got := unset.Reveal() + unset.String(); got != "" || unset.IsSet() {
		t.Errorf("unset: got %q", got)
	}
	if got := set.LogValue().String(); got != "***" {
		t.Errorf("LogValue: got %q, want ***", got)
	}
}

// TestBad reads every testdata/bad/NAME.toml and compares what is said about it
// with NAME.golden.
func TestBad(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) < 15 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".toml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			m := machine{
				files:  map[string]string{"config.toml": string(data), "/run/empty": "\n", "/run/two": secretKey + "\nsecond", "/run/big": strings.Repeat("k", 1<<16+1)},
				denied: map[string]bool{"/run/denied": true},
			}
			_, err = config.Load(m.source("config.toml"))
			f, ok := fault.As(err)
			if !ok || f.Code != fault.Invalid || f.Hint == "" {
				t.Fatalf("got %v, want an invalid configuration with a hint", err)
			}
			if strings.Contains(fmt.Sprintf("%+v %s", f, err), marked) {
				t.Errorf("a secret came out: %v", err)
			}
			golden.Check(t, "bad/"+name+".golden", []byte(f.Message+"\n"))
		})
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(string(config.Example()))
	f.Add(full)
	for _, s := range []string{
		"[exchange]\nurl = 1", "[[people]]\n[people.x]\n", "people = [{name=\"a\"}]", "a.b.c = {d = [1, {e=2}]}", "\"\\u0000\" = 1",
		"[http]\nclients = [1]\n", "[http.oauth]\nissuer=\"x\"", "[[http.clients]]\nname=\"a\"\n[[http.clients]]\nname=\"a\"", "x = 1979-05-27", "=", "[",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := load(t, text)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatalf("got code %s", fault.CodeOf(err))
			}
			return
		}
		if err := c.Print(&bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(c); err != nil {
			t.Fatal(err)
		}
	})
}
