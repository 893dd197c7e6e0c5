package main

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"

	"rollcall/api"
	"rollcall/auth"
	"rollcall/ingest"
	"rollcall/server"
)

// fixedBytes answers with the same bytes always. It reads nothing of the request.
func fixedBytes(body []byte) http.Handler {
	kind, length := []string{"application/json; charset=utf-8"}, []string{strconv.Itoa(len(body))}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Content-Type"], h["Content-Length"] = kind, length
		w.Write(body)
	})
}

// sameCheck is an API's own check of a request, with nothing behind it but next.
func sameCheck(srv *server.Server, verifier *auth.Verifier, log *slog.Logger, next http.Handler) (http.Handler, error) {
	a, err := api.New(api.Config{Store: srv.Store, Verifier: verifier, Log: log, Files: srv.Files(), Importer: ingest.New(srv.Store, ingest.Settings{})})
	if err != nil {
		return nil, err
	}
	return a.Authenticated(next), nil
}

// memoryCheck verifies the token, and does not ask the database whether the app
// was revoked meanwhile. No server should do so little; it is the limit.
func memoryCheck(ctx context.Context, srv *server.Server, verifier *auth.Verifier, token string, next http.Handler) (http.Handler, error) {
	who, err := verifier.Verify(ctx, token, func(ctx context.Context, clientID string) (int64, error) {
		f, err := srv.Store.Freshness(ctx, clientID, application)
		return f.AppRevision, err
	})
	if err != nil {
		return nil, err
	}
	revision := func(context.Context, string) (int64, error) { return who.App.Revision, nil }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := verifier.Verify(r.Context(), r.Header.Get("auth"), revision); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	}), nil
}
