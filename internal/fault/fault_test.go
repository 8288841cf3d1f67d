package fault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"didops/internal/fault"
)

func TestCodeOf(t *testing.T) {
	t.Parallel()
	coded := fault.New(fault.Refused, "the exchange said no")
	for _, tt := range []struct {
		name string
		err  error
		want fault.Code
	}{
		{"nil", nil, ""},
		{"plain", errors.New("x"), fault.Internal},
		{"coded", coded, fault.Refused},
		{"wrapped", fmt.Errorf("buy: %w", coded), fault.Refused},
		{"outermost counts", fault.New(fault.Unavailable, "later").WithCause(coded), fault.Unavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := fault.CodeOf(tt.err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestPasswordsAreLeftOut puts an SMPP address where something else belongs.
func TestPasswordsAreLeftOut(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"smpp:login:secret:971@smpp.example.net:2776":             "smpp:login:***",
		"SMPPS:login:secret:971@smpp.example.net:2776":            "SMPPS:login:***",
		"smpp://login:secret@smpp.example.net":                    "smpp://login:***",
		"smpp:login:secr…":                                        "smpp:login:***",
		`"smpp:login:secret:971@x:1" and "more"`:                  `"smpp:login:***" and "more"`,
		"the form smpp:login:password:destination@host:port":      "the form smpp:login:password:destination@host:port",
		"sip:971@sip.example.net:5060 and smpp_contact: template": "sip:971@sip.example.net:5060 and smpp_contact: template",
	} {
		got := fault.New(fault.Invalid, "%s", given).WithHint("%s", given).WithField(given)
		if got.Message != want || got.Hint != want || got.Field != want {
			t.Errorf("%s: got %q, %q and %q, want %q", given, got.Message, got.Hint, got.Field, want)
		}
	}
}

func TestCopiesLeaveTheOriginalAlone(t *testing.T) {
	t.Parallel()
	base := fault.New(fault.Invalid, "bad %s", "limit")
	cause := errors.New("cause")
	got := base.WithField("limit").WithHint("from %d", 1).WithCause(cause)
	if base.Field != "" || base.Hint != "" || base.Err != nil {
		t.Errorf("the original changed: %+v", base)
	}
	if got.Field != "limit" || got.Hint != "from 1" || !errors.Is(got, cause) || got.Error() != "bad limit: cause" {
		t.Errorf("got %+v, %q", got, got.Error())
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	full := fault.New(fault.RateLimited, "too fast").WithHint("wait").WithField("limit").WithCause(errors.New("for logs only"))
	full.RetryAfter = 1200 * time.Millisecond
	for _, tt := range []struct {
		name string
		err  *fault.Error
		want string
	}{
		{"full", full, `{"code":"rate_limited","message":"too fast","hint":"wait","field":"limit","retry_after_seconds":2}`},
		{"bare", fault.New(fault.Internal, "internal error"), `{"code":"internal","message":"internal error"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(tt.err)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

// TestOutside holds that people who are told nothing of the machine read no
// path of it, and the rest as it is.
func TestOutside(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ message, hint, want, wantHint string }{
		{"nobody may do that", "ask somebody", "nobody may do that", "ask somebody"},
		{"the folder /home/alice/.local/state/didops can't be used", "make /var/lib/x writable", "the folder … can't be used", "make … writable"},
		{`the file "C:\Users\alice\didops\orders.db" is missing`, "", `the file "…" is missing`, ""},
		{"the exchange at https://api.example.net/number/list is away", "24/7 and 1/2", "the exchange at https://api.example.net/number/list is away", "24/7 and 1/2"},
		{"can't be read (/etc/didops/key)", "", "can't be read (…)", ""},
	} {
		e := fault.New(fault.Unavailable, "%s", tt.message).WithHint("%s", tt.hint)
		if got := e.Outside(); got.Message != tt.want || got.Hint != tt.wantHint || e.Message != tt.message {
			t.Errorf("got %q, %q, want %q, %q", got.Message, got.Hint, tt.want, tt.wantHint)
		}
	}
	e := fault.New(fault.Unavailable, "the database of didops on db.example.net is away").WithHint("start it").WithPublic("nothing can be kept")
	if got := e.Outside(); got.Message != "nothing can be kept" || got.Hint == "start it" || got.Code != fault.Unavailable {
		t.Errorf("got %+v, want the message for others", got)
	}
}
