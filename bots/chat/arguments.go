package chat

import (
	"bytes"
	"encoding/json"
)

// Arguments are arguments of a call in the order given, each as text: the gate
// reads them. A name that is given twice stays so, and is refused there. The
// zero value has none.
type Arguments struct{ buf bytes.Buffer }

// Add adds an argument.
func (a *Arguments) Add(name, value string) {
	if a.buf.Len() > 0 {
		a.buf.WriteByte(',')
	}
	a.buf.Write(quote(name))
	a.buf.WriteByte(':')
	a.buf.Write(quote(value))
}

// JSON returns the arguments as an object.
func (a *Arguments) JSON() json.RawMessage { return []byte("{" + a.buf.String() + "}") }

func quote(s string) []byte {
	b, _ := json.Marshal(s) // a string can always be written
	return b
}

// with returns arguments with one of them set to a value, or taken out for "";
// as they are for no name.
func with(args json.RawMessage, name, value string) json.RawMessage {
	if name == "" {
		return args
	}
	set := map[string]json.RawMessage{}
	if json.Unmarshal(args, &set) != nil {
		return args
	}
	if value == "" {
		delete(set, name)
	} else {
		set[name] = quote(value)
	}
	out, err := json.Marshal(set)
	if err != nil {
		return args
	}
	return out
}
