package fakediscord

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// call is a request with what belongs to it.
type call struct {
	Request
	path   func(name string) string // a value of the path
	query  url.Values
	fields map[string]json.RawMessage
	inter  bool // of an interaction: its token is in the path, the bot's must not come
}

// routes are the paths that the bot may need.
func (f *Fake) routes() http.Handler {
	mux := http.NewServeMux()
	bot := map[string]func(*call) (any, *problem){
		"GET /gateway/bot":             f.gatewayBot,
		"GET /applications/@me":        f.application,
		"GET /oauth2/applications/@me": f.application,
		"GET /applications/{application_id}/guilds/{guild_id}/commands": f.getCommands,
		"PUT /applications/{application_id}/guilds/{guild_id}/commands": f.putCommands,
		"GET /users/@me":                                     f.user,
		"POST /users/@me/channels":                           f.openDirect,
		"GET /guilds/{guild_id}/roles":                       f.getRoles,
		"GET /guilds/{guild_id}/members/{user_id}":           f.getMember,
		"GET /channels/{channel_id}":                         f.getChannel,
		"GET /channels/{channel_id}/messages":                f.getMessages,
		"POST /channels/{channel_id}/messages":               f.post,
		"GET /channels/{channel_id}/messages/{message_id}":   f.getMessage,
		"PATCH /channels/{channel_id}/messages/{message_id}": f.patchMessage,
	}
	open := map[string]func(*call) (any, *problem){
		"GET /gateway": f.gatewayURL,
		"POST /interactions/{interaction_id}/{interaction_token}/callback":    f.callback,
		"POST /webhooks/{webhook_id}/{webhook_token}":                         f.followup,
		"GET /webhooks/{webhook_id}/{webhook_token}/messages/@original":       f.getAnswer,
		"PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original":     f.patchAnswer,
		"PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}":  f.patchAnswer,
		"DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": f.deleteAnswer,
	}
	add := func(route string, inter bool, do func(*call) (any, *problem)) {
		method, path, _ := strings.Cut(route, " ")
		mux.HandleFunc(method+" /api/{version}"+path, func(w http.ResponseWriter, r *http.Request) {
			c := &call{Request: Request{Route: route, Method: method}, path: r.PathValue, query: r.URL.Query(), inter: inter}
			f.serve(w, r, c, do)
		})
	}
	for route, do := range bot {
		add(route, false, do)
	}
	for route, do := range open {
		add(route, true, do)
	}
	mux.HandleFunc("GET /{$}", f.connect)
	mux.HandleFunc("GET /attachments/{id}/{name}", f.getAttachment)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.blame("%s %s: there is no such path", r.Method, r.URL.Path)
		f.mu.Unlock()
		write(w, http.StatusNotFound, map[string]any{"message": "404: Not Found", "code": 0})
	})
	return mux
}

// serve answers a request: records it, judges it, lets it go wrong where that
// is asked for, and carries it out.
func (f *Fake) serve(w http.ResponseWriter, r *http.Request, c *call, do func(*call) (any, *problem)) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	c.Path, c.Header, c.Body = strings.TrimPrefix(r.URL.Path, "/api/"+r.PathValue("version")), r.Header, body
	c.Payload, c.Files = payload(r.Header.Get("Content-Type"), body)
	_ = json.Unmarshal(c.Payload, &c.fields)

	f.mu.Lock()
	at := f.arrived(c.Request)
	hurt := f.fault(c.Route)
	if hurt == nil {
		hurt = f.throttle(w.Header(), c)
	}
	f.mu.Unlock()
	if hurt != nil {
		maps.Copy(w.Header(), hurt.Header)
		if !hurt.After && !f.through(w, r, hurt, at) {
			return
		}
	}
	status, answer := f.carryOut(c, do)
	if hurt != nil && hurt.After && !f.through(w, r, hurt, at) {
		return
	}
	f.mu.Lock()
	f.answered(at, status)
	f.mu.Unlock()
	write(w, status, answer)
}

// through reports whether a request that something goes wrong with is carried
// out and answered in the end.
func (f *Fake) through(w http.ResponseWriter, r *http.Request, hurt *injected, at int) bool {
	there := hurt.hold(r.Context())
	if there && hurt.Status == 0 && !hurt.Cut {
		return true
	}
	if there {
		f.mu.Lock()
		f.answered(at, hurt.Status)
		f.mu.Unlock()
		hurt.answer(w)
	}
	return false
}

// carryOut does what a request asks for and returns status and body of the
// answer.
func (f *Fake) carryOut(c *call, do func(*call) (any, *problem)) (int, any) {
	var found []string
	if !f.lean {
		found = f.spec.Check(c.judged())
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, v := range found {
		f.blame("%s: %s", c.Route, v)
	}
	token := c.Header.Get("Authorization")
	var p *problem
	switch {
	case c.inter && token != "":
		f.blame("%s: the bot's token was sent, and is not needed", c.Route)
	case !c.inter && token != "Bot "+f.Token:
		p = &problem{http.StatusUnauthorized, 0, "401: Unauthorized"}
	}
	if p == nil && len(found) > 0 {
		p = invalidForm()
	}
	var answer any
	if p == nil {
		answer, p = do(c)
	}
	switch {
	case p != nil:
		return p.status, map[string]any{"message": p.text, "code": p.code}
	case answer == nil:
		return http.StatusNoContent, nil
	}
	return http.StatusOK, answer
}

// payload returns the JSON of a body and the files that came with it.
func payload(contentType string, body []byte) (json.RawMessage, []File) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" {
		return body, nil
	}
	var out json.RawMessage
	var files []File
	for parts := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		part, err := parts.NextPart()
		if err != nil {
			return out, files
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return out, files
		}
		if part.FormName() == "payload_json" {
			out = data
			continue
		}
		files = append(files, File{Name: part.FileName(), ContentType: part.Header.Get("Content-Type"), Data: data})
	}
}
