/* Keys of the tests' own. */
#ifndef KEY_SAMPLES_H
#define KEY_SAMPLES_H

/* P-384, as SEC 1 */
#define P384_KEY                                                                                   \
  "-----BEGIN EC PRIVATE KEY-----\n"                                                               \
  "MIGkAgEBBDAe9hSP+I81G8YaRrwA6wzgZUJ1xX+YdMOpva5IrekKNcTIMYvOW63D\n"                             \
  "Z8z1MgawIMugBwYFK4EEACKhZANiAAQQCUYKxJsh0RWDg52vt1z/cIHvwEj2dbBW\n"                             \
  "UvyCEaLwWjoyeii/bDpDHeXjxBLkt5y3RzqrkvSTG2JHiOdKdMcbr4xmIf0rrNPV\n"                             \
  "O59zd0dNpg35RaDRIvj3xY9c3+H1+Cg=\n"                                                             \
  "-----END EC PRIVATE KEY-----\n"
#define P384_THUMBPRINT "4kOjhMbF-q1LT9q6yzh_DS9jmTRSMa3b5qWf7E34tj4"

/* The thumbprints of keys in jose_vectors.h */
#define A2_THUMBPRINT "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8"
#define A3_THUMBPRINT "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"

/* The key of A.3, encrypted in the ways of RFC 5958 and RFC 1421; and its public part */
#define ENCRYPTED_PKCS8                                                                            \
  "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"                                                        \
  "MIH0MF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBC+9gBoX7bPgdoin6Bn\n"                             \
  "driiAgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQNPOm9hJsfXuRgulC\n"                             \
  "2G2ywgSBkMmvUpGiF3jJ8tZVqgOuhsTrGQsRAppryX0gipdBmY7ftoQCIyN0DSUX\n"                             \
  "Vt5NvL5xZ1aoQ0M+2kiiIY+XrCh0FtCEDZ/2v/ssVRh2oDQ/NIerv4g8O45/1w0o\n"                             \
  "/FxKPw0rkWzSc23GdQLVgNqgJ7RcVW3O94coAcWtVNgAJTWCut3shDQ0wrULwcwK\n"                             \
  "lP9Ihh9THQ==\n"                                                                                 \
  "-----END ENCRYPTED PRIVATE KEY-----\n"
#define ENCRYPTED_SEC1                                                                             \
  "-----BEGIN EC PRIVATE KEY-----\n"                                                               \
  "Proc-Type: 4,ENCRYPTED\n"                                                                       \
  "DEK-Info: AES-256-CBC,71F6072D2BC39178AF8378A2342F4493\n"                                       \
  "\n"                                                                                             \
  "JRflQ6sc6Kb3esAb/INEAV+EPdzHtc+oMG/4USX3FNhji97LVRcnSOCfWl34YH1g\n"                             \
  "kUzMr4Hz3w3f7HSr521QGklwQX5LyjdoVenT+1QlqNiDIz/0HEu5R9vFLYo5alRY\n"                             \
  "s6a+DtfXZ54DHzttsF0JhK1AC9uLvofrWX8CQKbPBjQ=\n"                                                 \
  "-----END EC PRIVATE KEY-----\n"
#define PUBLIC_KEY                                                                                 \
  "-----BEGIN PUBLIC KEY-----\n"                                                                   \
  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"                             \
  "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"                                 \
  "-----END PUBLIC KEY-----\n"

/* RSA of 1024 bits, which is too short for any algorithm, as PKCS #1 */
#define RSA1024_KEY                                                                                \
  "-----BEGIN RSA PRIVATE KEY-----\n"                                                              \
  "MIICXAIBAAKBgQDTs+SAq8gdtpmGezToeT+kDn16AwOI9ZsUDYHBJR8XHsIM26tR\n"                             \
  "ISg99LQI13y4TClaD8+d/qHDqerzVr57uvcR/K428uqI5IPNXupdeM/uMK2LMN4r\n"                             \
  "QWaZIQqVAk3Dr8d7r4nUXQFmopc8OteiRRxvDmlvcQt3bPaSM/Z123qeawIDAQAB\n"                             \
  "AoGABDSwt3WyNhTom+latbui7glzqLbinRf0CsPx7fpk0brEtCixEJ2OBR0Vbo+J\n"                             \
  "ZMfukmF6CHOElzSK/GaexiqCugmBAOhCqZcMdMlEsBn4i0YaHgbIU6jurGfddZGg\n"                             \
  "dpSvQzNENmJTAOL/0TUZaviJGKJCT7Gh9Flg7o4+v5yrfYECQQDqgUzNdhz3aM/w\n"                             \
  "wTv4CN/L0oBXN0OrNQ7QonSHOe7mN0BUcFo9FYX51OecLlalt/43/wp7u+dUs8NU\n"                             \
  "E0PeVTaLAkEA5xuH+xG/WaGCyxGpCq2k4NioXOzQh/imhYVWiNWohMbqPoIl3ZWF\n"                             \
  "CJJQgdTubwKv4gbp4oEdZkObhZQukGUToQJBAOV5X7GSyiekzg622LsP3Ae01lgC\n"                             \
  "QVqREg1BW6xUGZ34JSA7zWIG5NKj730arzl9QeyDyztnlaiCPDrSm1A+rJ8CQENl\n"                             \
  "W/pz6oGRADuIIuviR7rqc+7lgMqmUKmPgPTWmhZei+E+wxwjhnBBewjht8bX2cLo\n"                             \
  "kTxkutYf0TLbS9kAIQECQBHGBlkL0p/HrZcrpSuknjnGWT78vS8SptIFcf4Vwbph\n"                             \
  "zHgw7R2S+6h9nqPktwdFpzmXBOFiDzSrcU0eJHJRmcY=\n"                                                 \
  "-----END RSA PRIVATE KEY-----\n"

#endif
