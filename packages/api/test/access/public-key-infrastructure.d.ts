export interface KeyPair {
    /** Paths of PEM files. */
    readonly certificate: string;
    readonly key: string;
    readonly pem: {
        readonly cert: string;
        readonly key: string;
    };
}
export interface IssueOptions {
    /** Negative: it has expired. */
    readonly days?: number;
    /** Lines of extensions. */
    readonly extensions?: readonly string[];
}
/** An authority in a temporary directory. */
export declare class Authority implements Disposable {
    #private;
    readonly directory: string;
    readonly certificate: string;
    constructor(name: string);
    /** For 127.0.0.1. */
    server(options?: IssueOptions): KeyPair;
    /** `subject`: `/CN=alice/O=selvedge:operators`. */
    client(subject: string, options?: IssueOptions): KeyPair;
    issue(subject: string, { days, extensions }: IssueOptions): KeyPair;
    get pem(): string;
    [Symbol.dispose](): void;
}
//# sourceMappingURL=public-key-infrastructure.d.ts.map