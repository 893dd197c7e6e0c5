package auth

import (
	"context"
	"strings"
	"testing"

	"rollcall"
)

// revisionOne stands for the caller's look-up, which is the store's cost.
func revisionOne(context.Context, string) (int64, error) { return 1, nil }

// benchmarkVerify measures one token, kept or, if fresh, proven each time.
func benchmarkVerify(b *testing.B, token string, f *fixture, fresh bool) {
	b.ReportAllocs()
	for b.Loop() {
		if fresh {
			f.tokens = &tokenCache{} // keeps one token at most, and forgets it here
		}
		if _, err := f.Verify(b.Context(), token, revisionOne); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify_Kept(b *testing.B) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	benchmarkVerify(b, app.token(app.says(`"iat":1,"exp":9999999999`)), f, false)
}

func BenchmarkVerify_Proven(b *testing.B) {
	f := newFixture()
	for _, alg := range []rollcall.Algorithm{rollcall.HS256, rollcall.HS512, rollcall.RS256, rollcall.ES256} {
		app := f.apps[alg]
		token := app.token(app.says(`"iat":1,"exp":9999999999`))
		b.Run(string(alg), func(b *testing.B) { benchmarkVerify(b, token, f, true) })
	}
}

func BenchmarkVerify_Encrypted(b *testing.B) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	token := must(f.key.Encrypt(app.token(app.says(`"iat":1,"exp":9999999999`))))
	b.Run("Proven", func(b *testing.B) { benchmarkVerify(b, token, f, true) })
	b.Run("Kept", func(b *testing.B) { benchmarkVerify(b, token, f, false) })
}

// BenchmarkVerify_KeptByManyConnections runs 32 callers with tokens of their own.
func BenchmarkVerify_KeptByManyConnections(b *testing.B) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	tokens := make(chan string, 1024)
	for i := range cap(tokens) {
		tokens <- must(Issue(app.alg, []byte(app.secret), Claims{ClientID: app.id, Subject: string(rune('a' + i))}))
	}
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		token := <-tokens
		for pb.Next() {
			if _, err := f.Verify(context.Background(), token, revisionOne); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkVerify_Refused compares what a stranger could time: an app that
// exists and one that does not.
func BenchmarkVerify_Refused(b *testing.B) {
	f := newFixture()
	for _, alg := range []rollcall.Algorithm{rollcall.HS256, rollcall.RS256, rollcall.ES256} {
		known := f.apps[alg]
		genuine := known.token(known.says(""))
		if _, err := f.verify(genuine); err != nil {
			b.Fatal(err)
		}
		stranger := testApp{id: NewClientID(), alg: alg, secret: NewSecret()}
		unknown := stranger.token(stranger.says(""))
		// A signature of another token is well formed and wrong.
		forged := genuine[:strings.LastIndexByte(genuine, '.')] + unknown[strings.LastIndexByte(unknown, '.'):]
		for name, token := range map[string]string{"KnownApp": forged, "UnknownApp": unknown} {
			b.Run(string(alg)+"/"+name, func(b *testing.B) {
				for b.Loop() {
					f.store.asked = nil
					if _, err := f.verify(token); err == nil {
						b.Fatal("accepted")
					}
				}
			})
		}
	}
}
