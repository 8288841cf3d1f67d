package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"didops/internal/fault"
	"didops/internal/sanitize"
)

// ownAnswer is what a request is answered with where mcp-go has no words for it:
// it takes the place of what mcp-go would write. It belongs to one request, and
// is not safe for concurrent use.
type ownAnswer struct {
	id      json.RawMessage
	modern  bool
	message []byte // nil: mcp-go answers
	status  int    // over HTTP
}

type ownAnswerKey struct{}

func withOwnAnswer(ctx context.Context, a *ownAnswer) context.Context {
	return context.WithValue(ctx, ownAnswerKey{}, a)
}

// ownAnswerTo returns what the answer to the request can be put into; nil where
// there is no such place.
func ownAnswerTo(ctx context.Context) *ownAnswer {
	a, _ := ctx.Value(ownAnswerKey{}).(*ownAnswer)
	return a
}

// result makes a value the result. It must have the fields that every result
// has.
func (a *ownAnswer) result(v any) error {
	text, err := json.Marshal(struct {
		JSONRPC string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Result  any             `json:"result"`
	}{mcp.JSONRPC_VERSION, a.id, v})
	if err != nil {
		return err
	}
	a.message, a.status = text, http.StatusOK
	return nil
}

// refuse makes an error the answer. Clients of the handshake era read an error
// only out of an answer with status 200.
func (a *ownAnswer) refuse(code int, text string, data any) {
	a.message = (&refusal{id: a.id, code: code, text: text, data: data}).bytes()
	switch {
	case !a.modern || code == mcp.INTERNAL_ERROR || code == codeRefused:
		a.status = http.StatusOK
	case code == mcp.METHOD_NOT_FOUND:
		a.status = http.StatusNotFound
	default:
		a.status = http.StatusBadRequest
	}
}

// fail makes a fault the answer, notFound the code of what is not there.
func (a *ownAnswer) fail(err error, notFound int) {
	f, ok := fault.As(err)
	if !ok {
		f = fault.New(fault.Internal, "internal error")
	}
	code := codeRefused
	switch f.Code {
	case fault.NotFound:
		code = notFound
	case fault.Invalid:
		code = mcp.INVALID_PARAMS
	case fault.Internal:
		code = mcp.INTERNAL_ERROR
	default:
	}
	a.refuse(code, sentence(f), nil)
}

// or returns what is to be written in place of what mcp-go writes.
func (a *ownAnswer) or(text []byte) []byte {
	if a == nil || a.message == nil {
		return text
	}
	return a.message
}

func (a *ownAnswer) statusOr(status int) int {
	if a == nil || a.message == nil {
		return status
	}
	return a.status
}

// resultBase are the fields that every result of the newer era has.
type resultBase struct {
	Type mcp.ResultType `json:"resultType"`
	Meta *mcp.Meta      `json:"_meta"`
}

func (s *Server) base(kind mcp.ResultType) resultBase {
	meta := &mcp.Meta{}
	meta.SetServerInfo(s.info)
	return resultBase{kind, meta}
}

// ownParams are the params of all requests that are answered here.
type ownParams struct {
	Meta          *mcp.Meta `json:"_meta"`
	Task          string    `json:"taskId"`
	Notifications struct {
		Tasks []string `json:"taskIds"`
	} `json:"notifications"`
}

// ownParamsOf reads the params of a request of the newer era. Those that can't
// be read are refused before (see message.go).
func ownParamsOf(m message) (p ownParams) {
	_ = json.Unmarshal(m.Params, &p)
	return p
}

// declares reports whether the client declares an extension with the request.
func (p ownParams) declares(extension string) bool {
	has := p.Meta.ClientCapabilities()
	return has != nil && declares(*has, extension)
}

// sound refuses a request that is not as every one of the newer era must be.
func (a *ownAnswer) sound(m message, p ownParams) bool {
	version := p.Meta.ProtocolVersion()
	switch {
	case m.Version != mcp.JSONRPC_VERSION:
		a.refuse(mcp.INVALID_REQUEST, "the message is not of JSON-RPC 2.0", nil)
	case !mcp.IsValidProtocolVersion(version):
		e := mcp.UnsupportedProtocolVersionError{Version: sanitize.Clean(version, maxShown), Supported: mcp.ValidProtocolVersions}.JSONRPCError().Error
		a.refuse(e.Code, e.Message, e.Data)
	case p.Meta.ClientCapabilities() == nil:
		a.refuse(mcp.INVALID_PARAMS, "missing or invalid _meta field "+mcp.MetaKeyClientCapabilities, nil)
	default:
		return true
	}
	return false
}

// extended reports whether the client of a request of the newer era declares an
// extension with it.
func extended(ctx context.Context, name string) bool {
	info := server.RequestProtocolInfoFromContext(ctx)
	return info != nil && info.Modern && info.ClientCapabilities != nil && declares(*info.ClientCapabilities, name)
}

func declares(has mcp.ClientCapabilities, extension string) bool {
	return has.Extensions[extension] != nil
}

// headed refuses a request over HTTP whose headers are not as they must be. For
// other requests mcp-go looks at them.
func (a *ownAnswer) headed(h http.Header, m message, p ownParams) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		a.refuse(mcp.INVALID_REQUEST, "the content type must be application/json", nil)
		return false
	}
	named, readable := mcp.DecodeHeaderValue(h.Get(mcp.HeaderName))
	wrong := ""
	switch {
	case h.Get(mcp.HeaderLastEventID) != "":
		wrong = "the header " + mcp.HeaderLastEventID + " has no meaning any more: send the request anew, with a new id"
	case h.Get(mcp.HeaderProtocolVersion) != p.Meta.ProtocolVersion():
		wrong = "the header " + mcp.HeaderProtocolVersion + " must say the version that the message says in its _meta"
	case h.Get(mcp.HeaderMethod) != m.Method:
		wrong = "the header " + mcp.HeaderMethod + " must be the method of the message"
	case p.Task != "" && (!readable || named != p.Task):
		wrong = "the header " + mcp.HeaderName + " must be the taskId of the message"
	default:
		return true
	}
	a.refuse(mcp.HEADER_MISMATCH, wrong, nil)
	return false
}

// answer serves a message, or has mcp-go serve it.
func (h *Handler) answer(out *reply, r *http.Request, m message) {
	own := &ownAnswer{id: m.ID, modern: modernBody(m)}
	if !ownRequest(m) {
		out.instead = own
		ctx := withOwnAnswer(withArgs(r.Context(), m), own)
		r.Body = io.NopCloser(bytes.NewReader(m.text))
		h.mcp.ServeHTTP(out, r.WithContext(ctx))
		return
	}
	if err := h.server.serveOwn(r.Context(), m, r.Header, own); err != nil {
		own.fail(h.server.boundary.Report(r.Context(), err), mcp.INVALID_PARAMS)
	}
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(own.status)
	_, _ = out.Write(own.message) // the client is gone: its context says so
}
