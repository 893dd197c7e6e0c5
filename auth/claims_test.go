package auth

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall"
)

func TestVerify_RefusesClaims(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	at := noon.Unix()
	cases := map[string]struct{ payload, reason string }{
		"appid":              {`{"appid":"ID","sub":"u-1"}`, "appId is missing"},
		"AppId":              {`{"AppId":"ID","sub":"u-1"}`, "appId is missing"},
		"appID":              {`{"appID":"ID","sub":"u-1"}`, "appId is missing"},
		"APPID":              {`{"APPID":"ID","sub":"u-1"}`, "appId is missing"},
		"app_id":             {`{"app_id":"ID","sub":"u-1"}`, "appId is missing"},
		"appId with a space": {`{"appId ":"ID","sub":"u-1"}`, "appId is missing"},
		"appId with Kelvin":  {`{"app\u0131d":"ID","sub":"u-1"}`, "appId is missing"},
		"iss instead":        {`{"iss":"ID","sub":"u-1"}`, "appId is missing"},
		"appId inside":       {`{"a":{"appId":"ID"},"sub":"u-1"}`, "appId is missing"},
		"appId missing":      {`{"sub":"u-1"}`, "appId is missing"},
		"empty object":       {`{}`, "appId is missing"},
		"null":               {`null`, "appId is missing"},
		"appId twice":        {`{"appId":"ID","appId":"ID","sub":"u-1"}`, "unique names"},
		"appId twice, spelt": {`{"appId":"ID","app\u0049d":"ID","sub":"u-1"}`, "unique names"},
		"sub twice":          {`{"appId":"ID","sub":"u-1","sub":"u-2"}`, "unique names"},
		"appId number":       {`{"appId":12,"sub":"u-1"}`, "appId is missing or is no client id"},
		"appId null":         {`{"appId":null,"sub":"u-1"}`, "appId is missing or is no client id"},
		"appId list":         {`{"appId":["ID"],"sub":"u-1"}`, "appId is missing or is no client id"},
		"appId empty":        {`{"appId":"","sub":"u-1"}`, "appId is missing or is no client id"},
		"appId a prefix":     {`{"appId":"cs-","sub":"u-1"}`, "appId is missing or is no client id"},
		"appId not cs-":      {`{"appId":"st-1","sub":"u-1"}`, "appId is missing or is no client id"},
		"appId with NUL":     {`{"appId":"ID\u0000","sub":"u-1"}`, "appId is missing or is no client id"},
		"appId with quote":   {`{"appId":"cs-'--","sub":"u-1"}`, "appId is missing or is no client id"},
		"appId too long":     {`{"appId":"ID` + strings.Repeat("0", 64) + `","sub":"u-1"}`, "appId is missing or is no client id"},
		"appId in capitals":  {`{"appId":"UPPER","sub":"u-1"}`, "appId is missing or is no client id"},
		"appId unknown":      {`{"appId":"ID0","sub":"u-1"}`, "unknown, revoked or without a key"},
		"sub missing":        {`{"appId":"ID"}`, "sub is missing"},
		"sub empty":          {`{"appId":"ID","sub":""}`, "sub is missing"},
		"sub null":           {`{"appId":"ID","sub":null}`, "sub is missing"},
		"sub number":         {`{"appId":"ID","sub":1}`, "sub is missing"},
		"sub with NUL":       {`{"appId":"ID","sub":"u\u0000"}`, "sub is missing"},
		"Sub":                {`{"appId":"ID","Sub":"u-1"}`, "sub is missing"},
		"exp text":           {app.says(fmt.Sprintf(`"exp":"%d"`, at+100)), "exp is not a time"},
		"exp null":           {app.says(`"exp":null`), "exp is not a time"},
		"exp true":           {app.says(`"exp":true`), "exp is not a time"},
		"exp list":           {app.says(`"exp":[9999999999]`), "exp is not a time"},
		"exp object":         {app.says(`"exp":{}`), "exp is not a time"},
		"exp huge":           {app.says(`"exp":1e18`), "exp is not a time"},
		"exp in ms":          {app.says(fmt.Sprintf(`"exp":%d`, at*1000)), "exp is not a time"},
		"exp infinite":       {app.says(`"exp":1e999`), "exp is not a time"},
		"exp NaN":            {app.says(`"exp":NaN`), "payload is not a JSON object"},
		"exp NaN text":       {app.says(`"exp":"NaN"`), "exp is not a time"},
		"exp hex":            {app.says(`"exp":0x7fffffff`), "payload is not a JSON object"},
		"exp negative":       {app.says(`"exp":-1`), "exp is not a time"},
		"exp in the year 1":  {app.says(`"exp":-62135596800`), "exp is not a time"}, // Go's zero time
		"exp twice":          {app.says(`"exp":1,"exp":9999999999`), "unique names"},
		"exp zero":           {app.says(`"exp":0`), "has expired"},
		"nbf text":           {app.says(`"nbf":"1"`), "nbf is not a time"},
		"iat text":           {app.says(`"iat":"1"`), "iat is not a time"},
		"iat null":           {app.says(`"iat":null`), "iat is not a time"},
		"iat negative":       {app.says(`"iat":-5`), "iat is not a time"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			payload := strings.ReplaceAll(c.payload, `"ID`, `"`+app.id)
			payload = strings.ReplaceAll(payload, "UPPER", strings.ToUpper(app.id))
			token := app.token(payload)
			_, err := f.verify(token)
			wantRefused(t, err, token, c.reason)
		})
	}
}

func TestVerify_AcceptsClaimsOfNoConcern(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	for _, more := range []string{`"aud":["x"],"iss":7`, `"jti":7`, `"jti":null`, `"APPID":"cs-other","appid":1`, `"EXP":1`, `"exp":9.9999999e9`, `"x":{"a":1,"b":[{}]}`} {
		if _, err := f.verify(app.token(app.says(more))); err != nil {
			t.Errorf("%s: %v", more, err)
		}
	}
	escaped := fmt.Sprintf(`{"\u0061ppId":%q,"sub":"Zoë"}`, app.id)
	got, err := f.verify(app.token(escaped))
	if err != nil || got.Subject != "Zoë" {
		t.Errorf("a name spelt with an escape is the same name: %+v, %v", got, err)
	}
}

// Each border is checked twice: when the token is proven and when it is kept.
func TestVerify_GrantsSixtySecondsOfLeeway(t *testing.T) {
	cases := []struct {
		claim  string
		offset float64 // seconds from now
		reason string  // empty: accepted
	}{
		{"exp", 1, ""}, {"exp", 0, ""}, {"exp", -59, ""}, {"exp", -60, ""}, {"exp", -60.25, "has expired"}, {"exp", -61, "has expired"},
		{"nbf", -1, ""}, {"nbf", 60, ""}, {"nbf", 60.5, "not valid yet"}, {"nbf", 61, "not valid yet"},
		{"iat", -1e6, ""}, {"iat", 60, ""}, {"iat", 60.5, "issued in the future"}, {"iat", 61, "issued in the future"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s %+g s", c.claim, c.offset), func(t *testing.T) {
			f := newFixture()
			app := f.apps[rollcall.HS256]
			token := app.token(app.says(fmt.Sprintf(`%q:%.3f`, c.claim, float64(noon.Unix())+c.offset)))
			for range 2 {
				_, err := f.verify(token)
				if c.reason != "" {
					wantRefused(t, err, token, c.reason)
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestVerify_TellsWhenTheTokenExpires(t *testing.T) {
	f := newFixture()
	app := f.apps[rollcall.HS256]
	got, err := f.verify(app.token(app.says(fmt.Sprintf(`"exp":%d.5`, noon.Unix()))))
	if want := noon.Add(500 * time.Millisecond); err != nil || !got.ExpiresAt.Equal(want) {
		t.Errorf("expires at %v (%v), want %v", got.ExpiresAt, err, want)
	}
}
