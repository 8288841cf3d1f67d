package identity

// Frontend is the kind of front end that a call comes through.
type Frontend uint8

// The front ends. Each is an entry of a table besides.
const (
	FrontShell Frontend = iota + 1
	FrontMCP
	FrontDiscord
	FrontWeb
)

// frontend is what is known of a front end.
type frontend struct {
	name    string // as logs name it
	via     string // as the audit trail names it
	model   bool   // calls are written by a model: what they say is nobody's decision
	secrets bool   // nobody keeps a copy of what is said there
	outside bool   // people there are told nothing of the machine: no paths, no users of its operating system
	looks   bool   // somebody who looks at an order there wants to know how it stands at the exchange
}

func (f Frontend) entry() frontend {
	switch f {
	case FrontShell:
		return frontend{name: "shell", via: "terminal", secrets: true, looks: true}
	case FrontMCP:
		return frontend{name: "mcp", via: "mcp", model: true}
	case FrontDiscord:
		return frontend{name: "discord", via: "discord", outside: true}
	case FrontWeb:
		return frontend{name: "web", via: "web", outside: true}
	}
	return frontend{name: "unknown", model: true}
}

// Frontends returns the front ends that offer the operations. The page
// ([FrontWeb]) is for orders that wait alone: to talk of them and to decide
// them.
func Frontends() []Frontend { return []Frontend{FrontShell, FrontMCP, FrontDiscord} }

// String returns the front end as logs name it.
func (f Frontend) String() string { return f.entry().name }

// Via returns the front end as the audit trail names it; "" for none.
func (f Frontend) Via() string { return f.entry().via }

// Model reports whether calls are written by a model: what comes through it
// is nobody's decision, but for the answers of the client's own dialogs.
func (f Frontend) Model() bool { return f.entry().model }

// Secrets reports whether what is said there may hold a secret.
func (f Frontend) Secrets() bool { return f.entry().secrets }

// Outside reports whether people there are told nothing of the machine: no
// paths, and no users of its operating system.
func (f Frontend) Outside() bool { return f.entry().outside }

// Looks reports whether somebody who looks at an order there wants it looked
// for at the exchange: where nobody else does, nobody would.
func (f Frontend) Looks() bool { return f.entry().looks }
