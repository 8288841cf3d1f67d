package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/mark3labs/mcp-go/mcp"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/sanitize"
	"didops/tools"
)

const (
	// maxMessage is the most bytes of one message, on every transport. The
	// largest that makes sense holds a few kilobytes.
	maxMessage = 1 << 20

	maxID    = 128     // bytes of a request's id
	maxShown = 64      // characters of what a client sent that are repeated
	maxDepth = 1000    // nesting up to which an id is looked for in a bad message
	maxExact = 1 << 53 // whole numbers up to here survive every JSON reader

	// byteOrderMark may stand before what some programs write, and is ignored
	// there (RFC 8259, section 8.1), as often as it is written and between the
	// white space of blank: programs that write into each other each add one.
	byteOrderMark = "\ufeff"
	blank         = " \t\r\n"

	codeRefused = -32000 // JSON-RPC: an error of this server's own
)

// message is what is read of a JSON-RPC message before mcp-go gets it.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`

	text []byte          // the whole message, as mcp-go gets it
	args json.RawMessage // of a call, where mcp-go gets none
}

// request reports whether the message wants an answer.
func (m message) request() bool { return m.Method != "" && given(m.ID) }

// response reports whether the message answers a request of ours.
func (m message) response() bool { return m.Method == "" && (given(m.Result) || given(m.Error)) }

// needsSession reports whether the message is of the era with sessions, and
// not the one that opens them. One that says otherwise is for mcp-go to refuse.
func (m message) needsSession() bool {
	return m.response() || m.Method != string(mcp.MethodInitialize) && !modernBody(m)
}

func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// refusal is a JSON-RPC error that answers a message in mcp-go's place.
type refusal struct {
	id     json.RawMessage // nil: not known
	code   int
	text   string
	data   any  // what programs need besides; nil: nothing
	beyond bool // there is such a tool, for a token with another scope
}

// bytes returns the error as a message.
func (r *refusal) bytes() []byte {
	type detail struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}
	id := r.id
	if !usable(id) {
		id = json.RawMessage("null")
	}
	out, _ := json.Marshal(struct { // the id has been checked
		JSONRPC string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   detail          `json:"error"`
	}{mcp.JSONRPC_VERSION, id, detail{r.code, r.text, r.data}})
	return out
}

// read looks at a message before mcp-go does, and refuses what mcp-go would
// answer without the id, in the words of a Go decoder, or not at all.
func (s *Server) read(ctx context.Context, who identity.Principal, raw []byte) (message, *refusal) {
	var m message
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, unreadable(raw, err)
	}
	m.text = raw
	no := func(code int, text string) (message, *refusal) { return m, &refusal{id: m.ID, code: code, text: text} }
	if given(m.ID) && !usable(m.ID) {
		return no(mcp.INVALID_REQUEST, "the id must be a text of up to "+strconv.Itoa(maxID)+" bytes or a whole number")
	}
	if m.Method == "" {
		if m.response() {
			return m, nil
		}
		return no(mcp.INVALID_REQUEST, "the message has no method")
	}
	if !m.request() {
		return m, nil
	}
	params := paramsOf(m.Method)
	if _, other := params.(*mcp.PingRequest); other && s.gate.Masked(m.Method) != m.Method {
		return no(mcp.METHOD_NOT_FOUND, "there is no method "+shown(s.gate.Masked(m.Method))) // mcp-go would repeat it
	}
	if given(m.Params) && m.Params[0] != '{' {
		return no(mcp.INVALID_PARAMS, "the params of "+shown(m.Method)+" must be an object")
	}
	if err := json.Unmarshal(raw, params); err != nil && !m.withhold(params) {
		return no(mcp.INVALID_PARAMS, "the params of "+shown(m.Method)+" do not fit the protocol")
	}
	return m, s.names(ctx, who, m, params)
}

// names refuses a request that names what is not there. mcp-go would repeat the
// name.
func (s *Server) names(ctx context.Context, who identity.Principal, m message, params any) *refusal {
	switch asked := params.(type) {
	case *mcp.CallToolRequest:
		if err := s.knows(ctx, who, asked.Params.Name); err != nil {
			return &refusal{id: m.ID, code: mcp.INVALID_PARAMS, text: sentence(err), beyond: err.Code == fault.Forbidden}
		}
	case *mcp.ReadResourceRequest:
		if !s.readable(asked.Params.URI) {
			return &refusal{id: m.ID, code: noResource(modernBody(m)), text: "there is no resource " + shown(s.gate.Masked(asked.Params.URI))}
		}
	case *mcp.GetPromptRequest:
		if !s.prompts(who, asked.Params.Name) {
			return &refusal{id: m.ID, code: mcp.INVALID_PARAMS, text: "there is no prompt " + shown(s.gate.Masked(asked.Params.Name))}
		}
	}
	return nil
}

// withhold keeps the arguments of a call for its handler, who reads them as they
// are, and gives mcp-go none: it would read all numbers as floats, refuse the
// message where one is beyond those, and models don't get to read that. It
// reports whether what is left fits.
func (m *message) withhold(params any) bool {
	if _, ok := params.(*mcp.CallToolRequest); !ok {
		return false
	}
	whole, call := members(m.text), members(m.Params)
	if whole == nil || !given(call["arguments"]) {
		return false
	}
	m.args, call["arguments"] = call["arguments"], json.RawMessage("{}")
	var err error
	if whole["params"], err = json.Marshal(call); err == nil {
		m.text, err = json.Marshal(whole)
	}
	return err == nil && json.Unmarshal(m.text, params) == nil
}

type argsKey struct{}

// withArgs puts arguments into the context of a call that mcp-go does not get.
func withArgs(ctx context.Context, m message) context.Context {
	return context.WithValue(ctx, argsKey{}, m.args)
}

// argsOf returns the arguments of a call.
func argsOf(ctx context.Context, req mcp.CallToolRequest) json.RawMessage {
	if args, ok := ctx.Value(argsKey{}).(json.RawMessage); ok && args != nil {
		return args
	}
	return req.Params.RawArguments
}

// unreadable says what is wrong with a message that is no JSON-RPC object.
func unreadable(raw []byte, err error) *refusal {
	id := requestID(bytes.NewReader(raw))
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return &refusal{id: id, code: mcp.PARSE_ERROR, text: "the message is not well-formed JSON, or nested too deep"}
	}
	if first := bytes.TrimLeft(raw, " \t\r\n"); len(first) > 0 && first[0] == '[' {
		return &refusal{code: mcp.INVALID_REQUEST, text: "batches are not supported: send the messages one by one"}
	}
	return &refusal{id: id, code: mcp.INVALID_REQUEST, text: "the message is no JSON-RPC request"}
}

func tooLong(id json.RawMessage) *refusal {
	return &refusal{id: id, code: mcp.INVALID_REQUEST, text: "the message is longer than " + strconv.Itoa(maxMessage) + " bytes"}
}

// paramsOf returns what the params of a method decode into: mcp-go answers
// params of another shape in the words of a Go decoder.
func paramsOf(method string) any {
	switch mcp.MCPMethod(method) {
	case mcp.MethodInitialize:
		return new(mcp.InitializeRequest)
	case mcp.MethodServerDiscover:
		return new(mcp.DiscoverRequest)
	case mcp.MethodSubscriptionsListen:
		return new(mcp.SubscriptionsListenRequest)
	case mcp.MethodToolsList:
		return new(mcp.ListToolsRequest)
	case mcp.MethodToolsCall:
		return new(mcp.CallToolRequest)
	case mcp.MethodResourcesList:
		return new(mcp.ListResourcesRequest)
	case mcp.MethodResourcesTemplatesList:
		return new(mcp.ListResourceTemplatesRequest)
	case mcp.MethodResourcesRead:
		return new(mcp.ReadResourceRequest)
	case mcp.MethodPromptsList:
		return new(mcp.ListPromptsRequest)
	case mcp.MethodPromptsGet:
		return new(mcp.GetPromptRequest)
	case mcp.MethodCompletionComplete:
		return new(mcp.CompleteRequest)
	case tasksGet, tasksUpdate, tasksCancel:
		return new(struct {
			Params ownParams `json:"params"`
		})
	default:
		return new(mcp.PingRequest)
	}
}

// knows reports as a fault that there is no such tool, or that it takes another
// token. The words are the gate's, which is also told of the attempt, with no
// more of the name than a log should hold. What a caller of fixed role may not
// call is known: that is for the call to answer, in a result that models read.
func (s *Server) knows(ctx context.Context, who identity.Principal, name string) *fault.Error {
	could := who
	if !callerOf(ctx).scoped {
		could.Role = identity.Approver
	}
	if s.offered(could, name) {
		return nil
	}
	_, err := s.gate.Call(ctx, tools.Call{Tool: sanitize.Clean(s.gate.Masked(name), maxShown), Frontend: identity.FrontMCP, Principal: who})
	if f, ok := fault.As(err); ok {
		return f
	}
	return fault.New(fault.NotFound, "there is no such operation here")
}

// requestID finds the id of a message that is too long, broken or of the
// wrong shape, reading it piece by piece. It returns nil where no id that can
// be sent back stands before the fault.
func requestID(r io.Reader) json.RawMessage {
	dec := json.NewDecoder(r)
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for depth, name := 1, true; depth > 0 && depth < maxDepth; {
		t, err := dec.Token()
		if err != nil {
			return nil
		}
		switch d, delim := t.(json.Delim); {
		case delim && (d == '{' || d == '['):
			depth++
		case delim:
			depth--
			name = depth == 1
		case depth == 1 && name && t == "id":
			return idValue(dec)
		case depth == 1:
			name = !name
		}
	}
	return nil
}

func idValue(dec *json.Decoder) json.RawMessage {
	t, err := dec.Token()
	if err != nil {
		return nil
	}
	id, err := json.Marshal(t)
	if err != nil || !usable(id) {
		return nil
	}
	return id
}

// usable reports whether a request's id can be sent back as it came: a short
// text, or a whole number that no JSON reader rounds.
func usable(id json.RawMessage) bool {
	if len(id) == 0 || len(id) > maxID {
		return false
	}
	if id[0] == '"' {
		return true
	}
	n, err := strconv.ParseInt(string(id), 10, 64)
	return err == nil && n <= maxExact && n >= -maxExact
}

// modernBody reports whether the message says that it is of the era without
// sessions. mcp-go then checks that the headers say so too.
func modernBody(m message) bool {
	var params struct {
		Meta *mcp.Meta `json:"_meta"`
	}
	return json.Unmarshal(m.Params, &params) == nil && mcp.IsModernProtocol(params.Meta.ProtocolVersion())
}

func shown(s string) string { return `"` + sanitize.Clean(s, maxShown) + `"` }
